import { join } from 'node:path';
import { checkHistory, until } from 'nest-event-bus/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kafkaEnv, makeTopic } from '../support/kafka.js';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import type { RunningProcess } from '../support/process.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const PARTITIONS = 12;
const KEYS = 100;

await requires('kafka-3.9', 'Members of a Kafka group that come and go', async (startKafka) => {
  await requires('registry', 'under lag', (startRegistry) => {
    let servers: string;
    let registry: string;
    let bench: Workbench;
    let history: string;

    beforeAll(async () => {
      [servers, registry] = await Promise.all([startKafka(), startRegistry()]);
    }, 120_000);
    beforeEach(async () => {
      bench = workbench('rebalance', kafkaEnv(servers, registry));
      history = join(bench.folder, 'history.jsonl');
      await makeTopic(servers, bench.topic, PARTITIONS);
    });
    afterEach(() => bench.clear());

    const member = (handlerMs = 3): RunningProcess =>
      bench.consumer('history-consumer', { env: { HISTORY: history, HANDLER_MS: String(handlerMs) } });

    describe('cost no duplicate and no event', () => {
      it('when one of three is asked to stop', { timeout: 180_000 }, async () => {
        const events = numbered(20_000, KEYS);
        await produce(bench, jsonLines(events));
        const members = [member(), member(), member()];
        await until(() => workers(history).size === 3 && callsIn(history).length > 3_000, {
          withinMs: 60_000,
          what: 'all three to work',
        });
        await expect(members[0]?.stop()).resolves.toBe(0);
        expect(callsIn(history).length).toBeLessThan(events.length);
        await allHandled(history, events.length);
        await Promise.all(members.map((each) => each.stop()));
        expectFaultless(events, history);
      });

      it('when ten join one after another, leave to zero, and come back', { timeout: 300_000 }, async () => {
        const events = numbered(60_000, KEYS);
        await produce(bench, jsonLines(events));
        const members: RunningProcess[] = [];
        for (let n = 1; n <= 10; n += 1) {
          // Slow enough that lag remains until the last member has left.
          members.push(member(10));
          await until(() => workers(history).size === n, { withinMs: 30_000, what: `member ${n} to work` });
        }
        for (const each of members) await expect(each.stop()).resolves.toBe(0);
        const before = callsIn(history).length;
        expect(before).toBeLessThan(events.length);
        const more = numbered(500, KEYS).map((event) => ({ ...event, seq: event.seq + events.length }));
        await produce(bench, jsonLines(more));
        expect(callsIn(history)).toHaveLength(before);
        const back = [member(), member()];
        await allHandled(history, events.length + more.length);
        await Promise.all(back.map((each) => each.stop()));
        expectFaultless([...events, ...more], history);
      });
    });
  });
});

function workers(history: string): ReadonlySet<number> {
  return new Set(callsIn(history).map(({ member }) => member));
}

function expectFaultless(events: ReturnType<typeof numbered>, history: string): void {
  const { missing, duplicates, outOfOrder, unknown } = checkHistory(
    events,
    callsIn(history).map(({ id }) => id),
  );
  expect({
    missing: missing.length,
    duplicates: duplicates.length,
    outOfOrder: outOfOrder.length,
    unknown: unknown.length,
  }).toEqual({ missing: 0, duplicates: 0, outOfOrder: 0, unknown: 0 });
}

function allHandled(history: string, count: number): Promise<void> {
  const handled = () => new Set(callsIn(history).map(({ id }) => id)).size;
  return until(() => handled() >= count, { withinMs: 120_000, what: () => `${count} events; there are ${handled()}` });
}
