import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHistory, until } from 'nest-event-bus/testing';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

const EVENTS = 10_000;
const KEYS = 50;

/**
 * The number of events that may be handled twice after a kill: the window of one member, and one settling in flight.
 */
const MAX_IN_FLIGHT = 200;

describe('No event is lost when a consumer is killed', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('killed-consumer')));
  afterEach(() => bench.clear());

  it('goes on behind the last settled event after kill -9 in the middle of 10,000', { timeout: 120_000 }, async () => {
    const history = join(bench.folder, 'history.jsonl');
    const env = { HISTORY: history, EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false' };
    const events = numbered(EVENTS, KEYS);
    await produce(bench, jsonLines(events));

    const first = bench.consumer('history-consumer', { env });
    await until(() => callsIn(history).length > EVENTS / 3, { withinMs: 30_000, what: 'a third of the events' });
    await first.stop('SIGKILL');
    const before = callsIn(history).length;
    expect(before).toBeLessThan(EVENTS);

    const second = bench.consumer('history-consumer', { env });
    await allHandled(history, events.length);
    await expect(second.stop()).resolves.toBe(0);
    const result = checkHistory(events, ids(history));
    expect(result.missing).toEqual([]);
    expect(result.unknown).toEqual([]);
    expect(result.outOfOrder).toEqual([]);
    expect(result.duplicates.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
  });

  it('hands the work of a killed member to the other, order per key kept', { timeout: 120_000 }, async () => {
    const history = join(bench.folder, 'history.jsonl');
    const env = {
      HISTORY: history,
      HANDLER_MS: '1',
      EVENT_BUS_CONSUMER_ORDERING: 'key',
      EVENT_BUS_CONSUMER_CONCURRENCY: '8',
      EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false',
    };
    const events = numbered(EVENTS, KEYS);
    const [first, second] = [bench.consumer('history-consumer', { env }), bench.consumer('history-consumer', { env })];
    await Promise.all([first.says(/Consuming:/), second.says(/Consuming:/)]);
    const producing = produce(bench, jsonLines(events));
    await until(
      () => new Set(callsIn(history).map(({ member }) => member)).size === 2 && callsIn(history).length > EVENTS / 5,
      {
        withinMs: 30_000,
        what: 'both members to have handled events',
      },
    );
    await first.stop('SIGKILL');
    const killedAt = performance.now();
    await producing;
    await allHandled(history, events.length);
    expect(performance.now() - killedAt).toBeLessThan(60_000);
    await expect(second.stop()).resolves.toBe(0);
    const result = checkHistory(events, ids(history));
    expect(result.missing).toEqual([]);
    expect(result.outOfOrder).toEqual([]);
    expect(result.duplicates.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
  });

  it('repeats nothing over a clean stop and start', { timeout: 120_000 }, async () => {
    const history = join(bench.folder, 'history.jsonl');
    const env = {
      HISTORY: history,
      HANDLER_MS: '2',
      EVENT_BUS_CONSUMER_ORDERING: 'key',
      EVENT_BUS_CONSUMER_CONCURRENCY: '4',
      EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false',
    };
    const events = numbered(2_000, KEYS);
    await produce(bench, jsonLines(events));
    for (const part of [400, 800, 1200]) {
      const member = bench.consumer('history-consumer', { env });
      await until(() => callsIn(history).length > part, { withinMs: 30_000, what: `${part} events` });
      await expect(member.stop()).resolves.toBe(0);
    }
    const last = bench.consumer('history-consumer', { env });
    await allHandled(history, events.length);
    await expect(last.stop()).resolves.toBe(0);
    expect(checkHistory(events, ids(history))).toEqual({ missing: [], duplicates: [], outOfOrder: [], unknown: [] });
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
