import { afterEach, beforeEach, expect, it } from 'vitest';
import { onBackends } from '../support/on-backends.js';
import { start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const COUNT = 50;

await onBackends(({ env, open }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('brief', env())));
  afterEach(() => bench.clear());

  it.each([
    ['closes the application', 'close', 0],
    ['is asked to stop by SIGTERM', 'signal', 'SIGTERM'],
  ])(
    'a process that publishes to a new topic and at once %s loses no event',
    { timeout: 60_000 },
    async (_, END, code) => {
      const publisher = start(process.execPath, ['dist/test-apps/brief-publisher.js'], {
        env: { ...bench.env, TOPIC: bench.topic, COUNT: String(COUNT), END },
      });
      expect(await publisher.ended, publisher.lines.join('\n')).toBe(code);
      const { backend, codec } = open(bench);
      try {
        const found: unknown[] = [];
        for await (const record of backend.read(bench.topic)) found.push((await codec.decode(record)).data);
        expect(found).toEqual(Array.from({ length: COUNT }, (_, seq) => ({ number: { key: 'k', seq, note: null } })));
      } finally {
        await backend.close();
      }
    },
  );
});
