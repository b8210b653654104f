import type { Redis } from 'ioredis';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';
import { ids, isReported, outgoing, type RedisBench, redisBench } from './redis-bench.js';

const LONG = { timeout: 60_000 };

await requires('redis', 'Redis: retention', (address) => {
  let bench: RedisBench;
  let commands: Workbench | undefined;
  beforeEach(async () => (bench = redisBench(await address())));
  afterEach(async () => {
    await commands?.clear();
    await bench.clear();
  });
  const length = (topic = bench.topic) => bench.client.xlen(topic);
  /** Adds entries that were published `ageMs` ago. */
  async function publishOld(topic: string, count: number, ageMs: number): Promise<void> {
    const script = "for n = 1, ARGV[2] do redis.call('XADD', KEYS[1], ARGV[1] .. '-' .. n, 'event_data', 'old') end";
    await bench.client.eval(script, 1, topic, Date.now() - ageMs, count);
  }

  it('is kept by publishers that live for one publish', LONG, async () => {
    await publishOld(bench.topic, 2_000, 10_000);
    const publisher = bench.open({ retentionMs: 5_000 });
    await publisher.publish([outgoing(bench.topic, 'new', 'k')]);
    await publisher.close();
    expect(await length()).toBeLessThan(110);
  });

  it('is kept by `event-bus produce`', LONG, async () => {
    commands = workbench('retention', {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: bench.url,
      EVENT_BUS_REDIS_RETENTION: '5',
    });
    await publishOld(commands.topic, 2_000, 10_000);
    await produce(commands, jsonLines(numbered(3, 1)));
    expect(await length(commands.topic)).toBeLessThan(110);
  });

  it(
    'is kept by consumers where publishers keep none, and takes nothing that a group has not settled',
    LONG,
    async () => {
      await publishOld(bench.topic, 1_000, 10_000);
      await bench.backend.createGroup(bench.topic, 'slow', 'earliest');
      const member = bench.member('one', { backend: bench.open({ retentionMs: 5_000, trimEveryMs: 100 }) });
      await until(() => member.handled.length === 1_000, { withinMs: 10_000, what: 'all events' });
      await stays(async () => (await length()) === 1_000, { forMs: 500, what: 'another group has not had them' });
      await bench.client.xgroup('SETID', bench.topic, 'slow', '$');
      await until(async () => (await length()) < 110, { withinMs: 10_000, what: 'old entries to go' });
      expect(bench.reports.filter(({ level }) => level !== 'info')).toEqual([]);
    },
  );

  it('is kept in steps, none of which holds the server for long', LONG, async () => {
    for (let n = 0; n < 10; n += 1) await publishOld(bench.topic, 20_000, 20_000 - n * 1_000);
    const before = await trims(bench.client);
    const publisher = bench.open({ retentionMs: 5_000 });
    await publisher.publish([outgoing(bench.topic, 'new', 'k')]);
    await until(async () => (await length()) < 110, { withinMs: 20_000, what: 'old entries to go' });
    expect((await trims(bench.client)) - before).toBeGreaterThan(20);
  });

  it('does not keep a process from closing', LONG, async () => {
    const topics = ids(10_000, `${bench.topic}-`);
    const publisher = bench.open({ retentionMs: 5_000 });
    await publisher.publish(topics.map((topic) => outgoing(topic, 'new', 'k')));
    const from = performance.now();
    await publisher.close();
    expect(performance.now() - from).toBeLessThan(2_500);
    await bench.client.unlink(...topics);
  });

  it('tells of a group that keeps entries no longer once, whoever trims', LONG, async () => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await publishOld(bench.topic, 1_000, 10_000);
    const trimming = { retentionMs: 5_000, trimEveryMs: 50, groupExpiryMs: 1_000 };
    for (let n = 0; n < 3; n += 1) await bench.open(trimming).publish([outgoing(bench.topic, 'new', 'k')]);
    await isReported(bench, /its old entries are now removed/);
    await until(async () => (await length()) < 110, { withinMs: 10_000, what: 'old entries to go' });
    await stays(() => bench.reports.length === 2, { forMs: 500, what: 'one warning and one report' });
    expect(bench.reports.map(({ what }) => what)).toEqual([
      expect.stringMatching(/its old entries will soon be removed/),
      expect.stringMatching(/its old entries are now removed/),
    ]);
  });

  it('of dead letters is one of their own, after a warning that counts them', LONG, async () => {
    const topic = `${bench.topic}-${bench.group}-dead-letters`;
    await publishOld(topic, 250, 1_700);
    // Consumers trim dead letters too, after a restart and without new ones.
    bench.member('one', {
      group: bench.group,
      backend: bench.open({ retentionMs: 1, deadLetterRetentionMs: 2_000, trimEveryMs: 50 }),
    });
    await isReported(bench, /^Old dead letters will be removed/);
    expect(await length(topic)).toBe(250);
    await publishOld(topic, 1, 1_000);
    await isReported(bench, /^Old dead letters were removed/);
    expect(await length(topic)).toBe(1);
    const fields = [
      ['topic', topic],
      ['count', 250],
    ];
    expect(bench.reports.slice(0, 2)).toEqual([
      {
        level: 'warn',
        what: 'Old dead letters will be removed soon: publish those that you still need again, or set a longer EVENT_BUS_DEAD_LETTER_RETENTION',
        fields: [...fields, ['removed_in_s', 0]],
      },
      { level: 'info', what: 'Old dead letters were removed', fields },
    ]);
  });

  it('leaves dead letters alone where none is set for them', LONG, async () => {
    const topic = `${bench.topic}-g-dead-letters`;
    await publishOld(topic, 500, 10_000);
    const publisher = bench.open({ retentionMs: 1, trimEveryMs: 20 });
    await publisher.publish([outgoing(topic, 'new', 'k')]);
    await stays(async () => (await length(topic)) === 501, { forMs: 500, what: 'all are there' });
    expect(bench.reports).toEqual([]);
  });

  it('says once what keeps it from removing', async () => {
    await bench.client.set(bench.topic, 'no stream');
    const publisher = bench.open({ retentionMs: 1, trimEveryMs: 20 });
    await expect(publisher.publish([outgoing(bench.topic, 'new', 'k')])).rejects.toThrow();
    await isReported(bench, /^Could not remove old entries/);
    await stays(() => bench.reports.length === 1, { forMs: 300, what: 'one report' });
  });
});

/** How often the server was asked to trim. */
async function trims(client: Redis): Promise<number> {
  return Number(/cmdstat_xtrim:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
}
