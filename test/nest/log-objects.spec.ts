import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/numbered.js';
import type { RunningProcess } from '../support/process.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

const ID = '0b0e5b7e-58a5-4f0e-9f65-2f0b4f9a8f11';

describe('Log lines', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('log-objects')));
  afterEach(() => bench.clear());

  const where = () => ({
    topic: bench.topic,
    group: bench.group,
    partition: 0,
    position: '0',
    type: 'test.numbered.v1',
    id: ID,
    key: 'bad',
  });

  it('are JSON objects with the same keys with nestjs-pino', async () => {
    await produce(bench, jsonLines([{ id: ID, key: 'bad', seq: 1 }]));
    const consumer = bench.consumer('pino-consumer');
    await consumer.says(/"msg":"Processed"/);
    await expect(consumer.stop()).resolves.toBe(0);
    const lines = objects(consumer);
    const common = { pid: consumer.pid, context: 'EventBus' };
    expect(lines.find(({ msg }) => msg === 'Consuming')).toMatchObject({
      ...common,
      level: 30,
      topic: bench.topic,
      group: bench.group,
      start: 'earliest',
    });
    expect(lines.find(({ msg }) => msg === 'Handler failed for good')).toMatchObject({
      ...common,
      ...where(),
      level: 50,
      handler: 'PinoController.handle',
      attempt: '1/1',
      error: 'the key is bad',
      stack: expect.stringMatching(/^Error: the key is bad\n {4}at /) as string,
    });
    const processed = lines.find(({ msg }) => msg === 'Processed');
    expect(processed).toMatchObject({ ...common, ...where(), level: 30, outcome: 'failed' });
    expect(typeof processed?.['duration_ms']).toBe('number');
    expect(processed).not.toHaveProperty('trace_id');
  });

  it('have the ids of the active span', async () => {
    const consumer = bench.consumer('pino-consumer', { env: { SPAN: 'yes', TOPIC: bench.topic } });
    await consumer.says(/"msg":"Processed"/);
    await expect(consumer.stop()).resolves.toBe(0);
    expect(objects(consumer).find(({ msg }) => msg === 'Published')).toMatchObject({
      topic: bench.topic,
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
    });
  });

  it("are one text each with Nest's own logger, and the stack follows", async () => {
    await produce(bench, jsonLines([{ id: ID, key: 'bad', seq: 1 }]));
    const consumer = bench.consumer('failing-consumer');
    const [line] = await consumer.says(/ERROR \[EventBus\] Handler failed for good: .*$/);
    expect(line).toMatch(
      new RegExp(
        `good: topic=${bench.topic} group=${bench.group} partition=0 position=0 type=test.numbered.v1 id=${ID} key=bad handler=\\S+ attempt=\\d/\\d error=\\S.*$`,
      ),
    );
    await consumer.says(/Processed: .* outcome=failed duration_ms=[\d.]+$/);
    await expect(consumer.stop()).resolves.toBe(0);
    const at = consumer.lines.findIndex((each) => each.includes('Handler failed for good'));
    expect(consumer.lines[at + 1]).toMatch(/^RangeError: the printer is on fire$/);
    expect(consumer.lines[at + 2]).toMatch(/^ {4}at /);
  });
});

function objects({ output }: RunningProcess): readonly Readonly<Record<string, unknown>>[] {
  return output.map((line) => JSON.parse(line) as Record<string, unknown>);
}
