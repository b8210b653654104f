import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { checkHistory, type History, type Published } from '../../history.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import type { LogLine } from '../child-log.js';
import type { Child } from '../child.js';
import { idOf, outgoing, text } from '../records.js';

/** Processes are killed with SIGKILL, so they cannot say that they leave. */
export const crashes: Cases = {
  'none of 10,000 records is missing after a kill -9 of the consumer in the middle': async (bench) => {
    const history = await killConsumerInTheMiddle(bench, { count: 10_000, work: 0, maxInFlight: 100 });
    hasNone(history, 'missing', 'unknown');
  },

  'the order of a key survives a kill -9 of the consumer': async (bench) => {
    // Two records of each key fit into the window, so one could overtake the other.
    const history = await killConsumerInTheMiddle(bench, { count: 1_000, work: 1, maxInFlight: KEYS * 2 });
    hasNone(history, 'missing', 'outOfOrder');
  },

  'a kill -9 of the consumer repeats no more than the window and what was settled within a round trip': async (
    bench,
  ) => {
    const maxInFlight = 10;
    const { duplicates } = await killConsumerInTheMiddle(bench, { count: 2_000, work: 30, maxInFlight });
    const before = handledBy(bench, 'killed');
    const death = before.at(-1)?.at ?? 0;
    const recent = before.filter(({ at }) => at > death - bench.limits.roundTripMs).length;
    const allowed =
      recent + maxInFlight * (bench.harness.inFlightScope === 'partition' ? (bench.harness.partitions ?? 1) : 1);
    assert.ok(
      duplicates.length <= allowed,
      `${duplicates.length} duplicates, ${allowed} allowed, ${before.length} handled`,
    );
  },

  'none is missing, and the work is taken over in time, after a kill -9 of one of two members': async (bench) => {
    const published = await killOneOfTwo(bench);
    hasNone(
      checkHistory(
        published,
        handledBy(bench).map(({ id }) => id),
      ),
      'missing',
    );
  },

  'the order of a key survives a kill -9 of one of two members': async (bench) => {
    const published = await killOneOfTwo(bench);
    hasNone(
      checkHistory(
        published,
        handledBy(bench).map(({ id }) => id),
      ),
      'outOfOrder',
    );
    // The survivor's own view is in order too: it handled the records that it took over before later ones.
    const survivor = checkHistory(
      published,
      handledBy(bench, 'survivor').map(({ id }) => id),
    );
    hasNone(survivor, 'outOfOrder', 'duplicates');
  },

  'what publish resolved for survives a kill -9 of the publisher': async (bench) => {
    const child = bench.child('publisher', { role: 'publish', topic: bench.topic, keys: ['a', 'b'], count: 1_000_000 });
    await bench.until(() => bench.log().length > 500, '500 published records');
    await kill(bench, child);
    const there = new Set((await bench.read()).map(idOf));
    const missing = bench.log().filter(({ what, id }) => what === 'published' && !there.has(id));
    assert.equal(missing.length, 0, `${missing.length} missing, the first is ${missing[0]?.id ?? ''}`);
  },

  'records published by two processes at once are all there, each in the order of its calls': async (bench) => {
    const keys = ['a', 'b', 'c'];
    const count = 1_000;
    const names = ['one', 'two'];
    for (const name of names) bench.child(name, { role: 'publish', topic: bench.topic, keys, count });
    const ended = (): boolean => bench.log().filter(({ what }) => what === 'ended').length === names.length;
    await bench.until(ended, 'both publishers to end');
    const read = await bench.read();
    for (const name of names) {
      const published = Array.from({ length: count }, (_, index) => ({
        id: `${name}-${index + 1}`,
        key: keys[(index + 1) % keys.length] ?? '',
        seq: index,
      }));
      const own = read.filter((record) => idOf(record).startsWith(`${name}-`));
      hasNone(checkHistory(published, own.map(idOf)), 'missing', 'duplicates', 'outOfOrder', 'unknown');
      const keyOf = new Map(published.map(({ id, key }) => [id, key]));
      for (const record of own) assert.equal(text(record.key), keyOf.get(idOf(record)));
    }
  },
};

/** More keys than open calls, because a backend may let a busy member keep a key. */
const KEYS = 50;

/** Publishes records with {@link KEYS} keys, 500 per call. */
async function publishNumbered({ backend, topic }: Bench, count: number, after = 0): Promise<readonly Published[]> {
  const published = Array.from({ length: count }, (_, index) => {
    const seq = after + index + 1;
    return { id: `${seq}`, key: `key-${seq % KEYS}`, seq };
  });
  for (let next = 0; next < count; next += 500) {
    await backend.publish(published.slice(next, next + 500).map(({ id, key }) => outgoing(topic, id, key)));
  }
  return published;
}

interface Load {
  readonly count: number;
  readonly work: number;
  readonly maxInFlight: number;
}

/**
 * Kills a consumer after it has handled half of the records. Another consumer handles the rest. Returns the history of
 * both.
 */
async function killConsumerInTheMiddle(bench: Bench, { count, work, maxInFlight }: Load): Promise<History> {
  const { limits } = bench;
  const published = await publishNumbered(bench, count);
  const killed = bench.consumer('killed', { work, maxInFlight });
  await bench.until(() => bench.log().length >= count / 2, 'half of the records to be handled', limits.waitMs * 2);
  await kill(bench, killed);
  const before = bench.log().length;
  assert.ok(before < count, 'the consumer was killed in the middle');
  bench.consumer('successor', { work, maxInFlight });
  await bench.until(
    async () => bench.log().length > before && (await bench.behind()) === 0,
    () => `all records to be settled; handled: ${bench.log().length} of ${count}`,
    limits.takeoverMs + limits.waitMs * 2,
  );
  return checkHistory(
    published,
    handledBy(bench).map(({ id }) => id),
  );
}

/** Kills one of two active members and continues to publish. Resolves when the other member has settled everything. */
async function killOneOfTwo(bench: Bench): Promise<readonly Published[]> {
  const { limits } = bench;
  const published: Published[] = [];
  const mortalWork = 60;
  const mortal = bench.consumer('mortal', { work: mortalWork });
  bench.consumer('survivor', { work: 20 });
  const more = async (count: number): Promise<void> => {
    published.push(...(await publishNumbered(bench, count, published.length)));
  };
  const both = async (): Promise<boolean> => {
    // Publishes no more than the members can handle. Otherwise the survivor has to work off a backlog instead of taking
    // over.
    if (handledBy(bench).length >= published.length) await more(50);
    return handledBy(bench, 'mortal').length > 0 && handledBy(bench, 'survivor').length > 0;
  };
  await bench.until(both, 'both members to handle records', limits.takeoverMs);
  const handled = handledBy(bench, 'mortal').length;
  await more(500);
  await bench.until(() => handledBy(bench, 'mortal').length > handled + 20, 'the one to be killed to go on');
  // Calls that started together have just ended together. The pause lets the next ones start before the kill.
  await pause(mortalWork / 2);
  await kill(bench, mortal);
  await more(100);
  await bench.until(
    () =>
      checkHistory(
        published,
        handledBy(bench).map(({ id }) => id),
      ).missing.length === 0,
    'the survivor to take over',
    limits.takeoverMs,
  );
  await bench.until(async () => (await bench.behind()) === 0, 'all to be settled');
  return published;
}

async function kill(bench: Bench, child: Child): Promise<void> {
  child.kill('SIGKILL');
  await bench.within(child.gone, `process ${child.name} to die`);
}

function handledBy(bench: Bench, name?: string): readonly LogLine[] {
  return bench.log().filter(({ what, by }) => what === 'handled' && (name === undefined || by === name));
}

/** Shows a number and one example, because the history has thousands of records. */
function hasNone(history: History, ...faults: readonly (keyof History)[]): void {
  for (const fault of faults) {
    const found = history[fault];
    assert.equal(found.length, 0, `${found.length} ${fault}, the first is ${JSON.stringify(found[0])}`);
  }
}
