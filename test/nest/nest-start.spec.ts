import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningProcess, start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

describe('nest start consumer', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('nest-start')));
  let running: RunningProcess | undefined;
  afterEach(async () => {
    // SIGTERM, because nest passes it on. If nest itself were killed, the app would continue.
    if (running?.child.exitCode === null) await running.stop();
    await bench.clear();
  });

  const nest = (...args: string[]) =>
    (running = start(process.execPath, [NEST, 'start', 'consumer', ...args], {
      env: { EVENT_BUS_EMBEDDED_PATH: bench.path },
    }));

  it.each([
    ['as typed', []],
    ['behind --', ['--']],
  ])(
    'takes topic, group and extra options %s, and stops cleanly when nest is stopped',
    { timeout: 60_000 },
    async (_, dashes) => {
      const consumer = nest(
        ...dashes,
        '--topic',
        bench.topic,
        '-g',
        bench.group,
        '--extra',
        '{"consumer_name":"a$HOME `b`"}',
      );
      await consumer.says(
        new RegExp(
          `Consuming: topic=${bench.topic} group=${bench.group} member="a\\$HOME \`b\`" backend="embedded .*" start=latest`,
        ),
        45_000,
      );
      const [, pid = ''] = await consumer.says(/^\[Nest\] (\d+) /);
      await expect(consumer.stop('SIGTERM')).resolves.toBe(0);
      expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
    },
  );

  it(
    'ends with the exit code of the app when nothing is given, and shows both forms',
    { timeout: 60_000 },
    async () => {
      const consumer = nest();
      await expect(consumer.ended).resolves.toBe(2);
      expect(consumer.lines.join('\n')).toMatch(
        /No topic was given[^]*nest start consumer --topic TOPIC[^]*nest start consumer -- --topic/,
      );
    },
  );
});
