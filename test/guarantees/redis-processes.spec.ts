import { join } from 'node:path';
import { Redis } from 'ioredis';
import { checkHistory, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const EVENTS = 5_000;
/** The number of events that may be handled twice after a kill: the window, and one settling in flight. */
const MAX_DUPLICATES = 100;
const LONG = { timeout: 120_000 };

await requires('redis', 'Redis: processes that die', (address) => {
  let bench: Workbench;
  let history: string;
  let url: string;
  let env: Readonly<Record<string, string>>;
  beforeEach(async () => {
    url = await address();
    const made = workbench('redis');
    env = {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url,
      EVENT_BUS_REDIS_CLAIM_TIME: '1.5',
      EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
      EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: '50',
    };
    bench = {
      ...made,
      consumer: (app, options = {}) =>
        made.consumer(app, { ...options, env: { ...env, HISTORY: history, ...options.env } }),
      cli: (args, options = {}) => made.cli(args, { ...options, env: { ...env, ...options.env } }),
    };
    history = join(made.folder, 'history.jsonl');
  });
  afterEach(() => bench.clear());

  it('kill -9 of one of two members with events in hand: none is missing, and its name goes', LONG, async () => {
    const events = numbered(EVENTS, 50);
    const member = {
      env: { HANDLER_MS: '1', EVENT_BUS_CONSUMER_ORDERING: 'key', EVENT_BUS_CONSUMER_CONCURRENCY: '8' },
    };
    const [first, second] = [bench.consumer('history-consumer', member), bench.consumer('history-consumer', member)];
    await Promise.all([first.says(/Consuming:/), second.says(/Consuming:/)]);
    const producing = produce(bench, jsonLines(events));
    await until(
      () => new Set(callsIn(history).map(({ member }) => member)).size === 2 && callsIn(history).length > EVENTS / 5,
      { withinMs: 30_000, what: 'both members to have handled events' },
    );
    await first.stop('SIGKILL');
    await producing;
    await allHandled(history, events.length);
    const client = new Redis(url);
    try {
      await until(async () => ((await client.xinfo('CONSUMERS', bench.topic, bench.group)) as unknown[]).length === 1, {
        withinMs: 10_000,
        what: 'the name of the dead member to go',
      });
    } finally {
      client.disconnect();
    }
    await expect(second.stop()).resolves.toBe(0);
    const result = checkHistory(events, ids(history));
    expect(result.missing).toEqual([]);
    expect(result.unknown).toEqual([]);
    expect(result.duplicates.length).toBeLessThanOrEqual(MAX_DUPLICATES);
  });

  it('with EVENT_BUS_REDIS_EXCLUSIVE the order of a key survives the death of the active member', LONG, async () => {
    const events = numbered(EVENTS, 50);
    const member = {
      env: {
        HANDLER_MS: '1',
        EVENT_BUS_REDIS_EXCLUSIVE: 'true',
        EVENT_BUS_CONSUMER_ORDERING: 'key',
        EVENT_BUS_CONSUMER_CONCURRENCY: '8',
      },
    };
    const members = [bench.consumer('history-consumer', member), bench.consumer('history-consumer', member)];
    const producing = produce(bench, jsonLines(events));
    await until(() => callsIn(history).length > EVENTS / 5, { withinMs: 30_000, what: 'a fifth of the events' });
    const active = callsIn(history)[0]?.member;
    expect(new Set(callsIn(history).map(({ member: pid }) => pid)).size).toBe(1);
    const [dead, other] = members.toSorted((one) => (one.pid === active ? -1 : 1));
    await dead?.stop('SIGKILL');
    await producing;
    await allHandled(history, events.length);
    await expect(other?.stop()).resolves.toBe(0);
    const result = checkHistory(events, ids(history));
    expect(result.missing).toEqual([]);
    expect(result.outOfOrder).toEqual([]);
    expect(result.duplicates.length).toBeLessThanOrEqual(MAX_DUPLICATES);
  });

  it('repeats nothing over clean stops and starts', LONG, async () => {
    const events = numbered(2_000, 50);
    await produce(bench, jsonLines(events));
    for (const part of [300, 600, 900]) {
      const member = bench.consumer('history-consumer', { env: { HANDLER_MS: '1' } });
      await until(() => callsIn(history).length > part, { withinMs: 30_000, what: `${part} events` });
      await expect(member.stop()).resolves.toBe(0);
    }
    const last = bench.consumer('history-consumer');
    await allHandled(history, events.length);
    await expect(last.stop()).resolves.toBe(0);
    expect(checkHistory(events, ids(history))).toEqual({ missing: [], duplicates: [], outOfOrder: [], unknown: [] });
  });

  it('the process does not start without the URL, and says so together with other mistakes', async () => {
    const member = bench.consumer('history-consumer', {
      env: { EVENT_BUS_REDIS_CONNECTION_URL: '', EVENT_BUS_RETRY_ATTEMPTS: '0' },
    });
    expect(await member.ended).toBe(2);
    const said = member.lines.join('\n');
    expect(said).toMatch(/EVENT_BUS_REDIS_CONNECTION_URL: got nothing/);
    expect(said).toMatch(/EVENT_BUS_RETRY_ATTEMPTS/);
  });

  it('says at start what the server may lose, and never the password', async () => {
    const withPassword = url.replace('redis://', 'redis://default:sesame@');
    const member = bench.consumer('history-consumer', { env: { EVENT_BUS_REDIS_CONNECTION_URL: withPassword } });
    await member.says(/Consuming:|refuses|exit code/);
    expect(member.lines.join('\n')).not.toContain('sesame');
    const right = bench.consumer('history-consumer');
    await right.says(/Connected to Redis: .*loses_in_a_crash="?the last second/);
  });

  it('takes what Python consumers are given as --extra', async () => {
    const extra = {
      consumer_name: 'pod-7',
      check_backlog: true,
      claim_msgs_older_than: 5_000,
      last_read_msg_id: '0-0',
    };
    const args = ['--topic', bench.topic, '--group', bench.group, '--extra', JSON.stringify(extra)];
    const member = bench.consumer('history-consumer', { args });
    await member.says(/Consuming: .*member=pod-7 .*start=earliest/);
    const wrong = bench.consumer('history-consumer', { args: [...args.slice(0, -1), '{"offset_time": "now"}'] });
    await wrong.says(/--extra: offset_time: got "now"; allowed: an ISO 8601 time, .* \(UTC without a zone\)/);
  });
});

function ids(history: string): readonly string[] {
  return callsIn(history).map(({ id }) => id);
}

function allHandled(history: string, count: number): Promise<void> {
  return until(() => new Set(ids(history)).size >= count, {
    withinMs: 60_000,
    what: () => `${count} events; there are ${new Set(ids(history)).size}`,
  });
}
