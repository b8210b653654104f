import { expect, it, afterEach, beforeEach } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { onBackends } from '../support/on-backends.js';
import { type Workbench, workbench } from '../support/workbench.js';

await onBackends(({ env }) => {
  let bench: Workbench;
  beforeEach(() => {
    bench = workbench('topics');
    settings = {
      ...env(),
      EVENT_BUS_TOPIC_PREFIX: bench.topic,
      EVENT_BUS_PRODUCER_CONFIG: JSON.stringify({ [NUMBERED.type]: { published: {} } }),
    };
  });
  afterEach(() => bench.clear());
  let settings: Readonly<Record<string, string>>;

  it('plans what is missing, makes it, and lists it', async () => {
    const needs = ['--topic', 'consumed', '--group', 'readers'];
    const planned = await topics('--plan', ...needs);
    expect(planned.code, planned.text).toBe(12);
    const missing = planned.found.filter(({ what }) => what?.startsWith('it is missing'));
    const names = missing.map(({ subject }) => subject?.replace(`${bench.topic}-`, ''));
    expect(names.slice(0, 2)).toEqual(['topic published', 'topic consumed']);
    expect(names.at(-1)).toBe('group readers on consumed');
    expect((await topics()).found).toEqual([]);

    const applied = await topics('--apply', ...needs);
    expect(applied.found.filter(({ made }) => made).map(({ subject }) => subject)).toEqual(
      missing.map(({ subject }) => subject),
    );
    const again = await topics('--plan', ...needs);
    // Kafka of the tests creates topics by itself.
    expect(again.found.filter(({ what }) => !what?.startsWith('auto.create'))).toEqual([]);
    expect((await topics()).found).toEqual(
      expect.arrayContaining([
        { topic: `${bench.topic}-consumed`, groups: 1 },
        { topic: `${bench.topic}-published`, groups: 0 },
      ]),
    );
  }, 60_000);

  it('refuses a plan of nothing, and a group without a topic, with 2', async () => {
    const nothing = await topics('--plan', '--group', 'readers');
    expect([nothing.code, nothing.found]).toEqual([2, []]);
    expect(nothing.text).toMatch(/--group needs --topic/);
    settings = { ...settings, EVENT_BUS_PRODUCER_CONFIG: '{}' };
    const none = await topics('--plan');
    expect([none.code, none.found]).toEqual([2, []]);
    expect(none.text).toMatch(/No topic is declared/);
  });

  it('compares the properties of topics where they have some', async () => {
    const given = ['--partitions', '3', '--retention', '48'];
    const planned = await topics('--plan', ...given);
    if (settings['EVENT_BUS_CONSUMER'] !== 'kafka') {
      expect(planned.code).toBe(2);
      expect(planned.text).toMatch(/have no partitions, replicas or retention of their own/);
      return;
    }
    expect((await topics('--apply', ...given)).found).toContainEqual(expect.objectContaining({ made: true }));
    const other = await topics('--apply', '--partitions', '4', '--retention', '24');
    expect(other.code).toBe(12);
    const differences = other.found.filter(({ subject }) => subject?.endsWith('-published'));
    expect(differences.map(({ what, made }) => [what, made])).toEqual([
      ['number of partitions is 3, wanted 4', false],
      ['retention.ms is 172800000, wanted 86400000', false],
    ]);
  }, 60_000);

  async function topics(...args: readonly string[]) {
    const command = bench.cli(['topics', ...args], { env: settings });
    const code = await command.ended;
    const found = command.output.map((line) => JSON.parse(line) as Line);
    return { code, found, text: command.lines.join('\n') };
  }
});

interface Line {
  readonly topic?: string;
  readonly groups?: number;
  readonly subject?: string;
  readonly what?: string;
  readonly made?: boolean;
}
