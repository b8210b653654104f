import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kafkaEnv } from '../support/kafka.js';
import { jsonLines } from '../support/numbered.js';
import type { RunningProcess } from '../support/process.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const LONG = { timeout: 120_000 };

describe('embedded', () => replays(() => Promise.resolve({})));

await requires('redis', 'Redis', (address) =>
  replays(async () => ({
    EVENT_BUS_PRODUCER: 'redis',
    EVENT_BUS_CONSUMER: 'redis',
    EVENT_BUS_REDIS_CONNECTION_URL: await address(),
    EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
  })),
);

await requires('kafka-3.9', 'Kafka', (servers) =>
  requires('registry', 'with a registry', (registry) =>
    replays(async () => kafkaEnv(...(await Promise.all([servers(), registry()])))),
  ),
);

describe('What offset_time cannot be', () => {
  it.each(['yesterday', '2023-02-30', '1969-12-31', 1672531200])(
    '%j ends the process with exit code 2',
    async (value) => {
      const bench = workbench('offset-time');
      const args = ['--topic', bench.topic, '--group', bench.group, ...extra(value)];
      const refused = bench.consumer('replay-consumer', { args });
      await expect(refused.ended).resolves.toBe(2);
      expect(refused.lines.join('\n')).toMatch(/--extra: offset_time: got .*; allowed: an ISO 8601 time, such as /);
      await bench.clear();
    },
  );
});

/** The same tests for each backend. `findSettings` returns its settings. */
function replays(findSettings: () => Promise<Readonly<Record<string, string>>>): void {
  let settings: Readonly<Record<string, string>>;
  let bench: Workbench;
  let history: string;
  beforeAll(async () => void (settings = await findSettings()), 120_000);
  beforeEach(() => {
    bench = workbench('replay', settings);
    history = join(bench.folder, 'history');
  });
  afterEach(() => bench.clear());

  it('a handler knows what it gets again, and what it never got, over moves and restarts', LONG, async () => {
    await publish(0, 5);
    expect(await handled({ until: 6 })).toEqual(['0', '1', '2', '3', '4', '5']);

    expect(await move('start')).toEqual({ again: 6, skipped: 0 });
    expect(await handled({ haltAt: 3 })).toEqual(['0 again', '1 again', '2 again']);
    expect(await handled({ haltAt: 5 })).toEqual(['3 again', '4 again']);
    expect(await move('start')).toEqual({ again: 5, skipped: 0 });
    expect(await handled({ haltAt: 2 })).toEqual(['0 again', '1 again']);

    expect(await move('end')).toEqual({ again: 0, skipped: 4 });
    await publish(6, 7);
    expect(await handled({ until: 2 })).toEqual(['6', '7']);
    await publish(8, 9);
    expect(await move('end')).toEqual({ again: 0, skipped: 2 });
    await publish(10, 10);
    expect(await handled({ until: 1 })).toEqual(['10']);

    expect(await move('start')).toEqual({ again: 11, skipped: 0 });
    await publish(11, 11);
    expect(await handled({ haltAt: 9 })).toEqual([...again(0, 7), '8']);
    expect(await handled({ until: 3 })).toEqual(['9', '10 again', '11']);
  });

  it('offset_time moves the group once, for all members that have it, before any of them consumes', LONG, async () => {
    await publish(0, 2);
    const time = new Date();
    await publish(3, 5);
    await handled({ until: 6 });

    const together = [member(extra(time)), member(extra(time)), member(extra(time))];
    await Promise.all(together.map((each) => each.says(/Consuming: /)));
    await until(() => lines().length >= 3, { withinMs: 30_000, what: 'three events again' });
    const later = member(extra(time));
    await later.says(/The group was already moved for offset_time=\S+; it continues at its current position: /);
    await publish(6, 6);
    await until(() => lines().length >= 4, { withinMs: 30_000, what: 'a new event' });

    const other = member(extra(new Date(0)));
    await expect(other.ended).resolves.toBe(2);
    expect(other.lines.join('\n')).toMatch(
      /Could not move the group for offset_time=1970-01-01T00:00:00.000Z: Group .* has members: .*. Stop them/,
    );
    for (const each of [...together, later]) await expect(each.stop()).resolves.toBe(0);
    const said = together.flatMap((each) => each.lines);
    expect(said.filter((line) => line.includes(`Moved the group for offset_time=${time.toISOString()}:`))).not.toEqual(
      [],
    );
    expect(lines().toSorted()).toEqual([...again(3, 5), '6']);

    await publish(7, 7);
    expect(await handled({ until: 1, args: extra(time) })).toEqual(['7']);
    expect(await handled({ until: 8, args: extra(new Date(0)) })).toEqual(again(0, 7));
    await publish(8, 8);
    expect(await handled({ until: 1, args: extra(time) })).toEqual(['8']);
  });

  it('a group without a position begins at offset_time, and goes on after a restart with it', LONG, async () => {
    await publish(0, 1);
    const time = new Date();
    await publish(2, 3);
    // A time without a zone is UTC, whatever the zone of the process.
    const naive = extra(time.toISOString().replace('Z', ''));
    expect(await handled({ until: 2, args: naive, env: { TZ: 'America/New_York' } })).toEqual(['2', '3']);
    await publish(4, 4);
    expect(await handled({ until: 1, args: naive, env: { TZ: 'Asia/Tokyo' } })).toEqual(['4']);
  });

  it('offset_time behind all events is the end', LONG, async () => {
    await publish(0, 2);
    await handled({ until: 3 });
    await publish(3, 3);
    const tomorrow = extra(new Date(Date.now() + 86_400_000));
    const process = member(tomorrow);
    await process.says(/Moved the group for offset_time=\S+: .* skipped=1/);
    await publish(4, 4);
    await until(() => lines().length >= 1, { withinMs: 30_000, what: 'the event after the move' });
    await process.stop();
    expect(lines()).toEqual(['4']);
  });

  function publish(from: number, to: number): Promise<void> {
    const events = Array.from({ length: to - from + 1 }, (_, n) => ({ id: randomUUID(), key: 'k', seq: from + n }));
    return produce(bench, jsonLines(events));
  }

  function lines(): readonly string[] {
    return existsSync(history) ? readFileSync(history, 'utf8').split('\n').slice(0, -1) : [];
  }

  function member(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): RunningProcess {
    return bench.consumer('replay-consumer', {
      args: ['--topic', bench.topic, '--group', bench.group, ...args],
      env: { HISTORY: history, ...env },
    });
  }

  /**
   * Starts a member. Resolves with the events that it handled until it halted, or until it was stopped after a number
   * of them. The next call starts with an empty list.
   */
  async function handled(asked: {
    readonly haltAt?: number;
    readonly until?: number;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<readonly string[]> {
    writeFileSync(history, '');
    const { haltAt, until: count, args, env } = asked;
    const process = member(args, { ...env, ...(haltAt === undefined ? {} : { HALT_AT: String(haltAt) }) });
    if (count === undefined) await expect(process.ended, process.lines.join('\n')).resolves.toBe(3);
    else {
      const what = () => `${count} events; there are ${lines().join()}; ${process.lines.slice(-5).join('\n')}`;
      await until(() => lines().length >= count, { withinMs: 30_000, what });
      await expect(process.stop()).resolves.toBe(0);
    }
    const result = lines();
    writeFileSync(history, '');
    return result;
  }

  /** The numbers of `event-bus move`, summed over all partitions. Checks that a dry run has the same numbers. */
  async function move(to: string): Promise<{ readonly again: number; readonly skipped: number }> {
    const args = ['move', '--topic', bench.topic, '--group', bench.group, '--to', to];
    const dry = bench.cli([...args, '--dry-run']);
    await expect(dry.ended, dry.lines.join('\n')).resolves.toBe(0);
    const moved = bench.cli(args);
    await expect(moved.ended, moved.lines.join('\n')).resolves.toBe(0);
    expect(dry.output).toEqual(moved.output);
    const moves = moved.output.map((line) => JSON.parse(line) as { readonly again: number; readonly skipped: number });
    const sum = (figure: 'again' | 'skipped') => moves.reduce((total, each) => total + each[figure], 0);
    return { again: sum('again'), skipped: sum('skipped') };
  }
}

function again(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `${from + n} again`);
}

function extra(time: unknown): readonly string[] {
  return ['--extra', JSON.stringify({ offset_time: time })];
}
