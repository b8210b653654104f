import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { onBackends } from '../support/on-backends.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

interface Line {
  readonly topic: string;
  readonly group: string;
  readonly members: readonly string[];
  readonly lag: number;
  readonly lagSeconds: number;
  readonly state: string;
}

await onBackends(({ env }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('groups', { EVENT_BUS_TOPIC_PREFIX: `p${Date.now()}`, ...env() })));
  afterEach(() => bench.clear());

  it('lists groups with members, lag and state', async () => {
    await produce(bench, jsonLines(numbered(3)));
    const first = ['consume', '--topic', bench.topic, '--group', 'idle', '--count', '1', '--timeout', '30'];
    const idle = bench.cli(first);
    expect(await idle.ended, idle.lines.join('\n')).toBe(0);
    bench.cliProcess(['consume', '--topic', bench.topic, '--group', 'living']);
    const groups = () => linesOf(bench, ['--topic', bench.topic]);
    const isThere = async () => (await groups()).some(({ state, members }) => state === 'up to date' && members[0]);
    await until(isThere, { withinMs: 30_000, what: 'the member that has consumed all' });
    const topic = expect.stringContaining(bench.topic) as string;
    expect(await groups()).toEqual([
      { topic, group: 'idle', members: [], lag: 2, lagSeconds: expect.any(Number), state: 'waits for a member' },
      {
        topic,
        group: 'living',
        // Kafka names members after the service.
        members: [expect.stringMatching(/^(event-bus-\d+$|test at )/)],
        lag: 0,
        lagSeconds: 0,
        state: 'up to date',
      },
    ]);
    expect((await linesOf(bench, [])).map(({ group }) => group)).toEqual(['idle', 'living']);
  }, 60_000);

  it('refuses an unknown topic with exit code 2', async () => {
    const refused = bench.cli(['groups', '--topic', 'nothing']);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.lines.join('\n')).toMatch(/There is no topic p\d+-nothing/);
    expect(refused.output).toEqual([]);
  });
});

describe('event-bus groups', () => {
  it('says that there is none', async () => {
    const bench = workbench('groups');
    try {
      const none = bench.cli(['groups']);
      await expect(none.ended).resolves.toBe(0);
      expect(none.lines).toContain('event-bus: no topic has a group.');
      expect(none.output).toEqual([]);
    } finally {
      await bench.clear();
    }
  });

  it('ends with 10 if the broker is away', async () => {
    const bench = workbench('groups', {
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://127.0.0.1:1',
    });
    try {
      const away = bench.cli(['groups']);
      await expect(away.ended).resolves.toBe(10);
      expect(away.output).toEqual([]);
    } finally {
      await bench.clear();
    }
  });
});

async function linesOf(bench: Workbench, args: readonly string[]): Promise<readonly Line[]> {
  const command = bench.cli(['groups', ...args]);
  expect(await command.ended, command.lines.join('\n')).toBe(0);
  return command.output.map((line) => JSON.parse(line) as Line);
}
