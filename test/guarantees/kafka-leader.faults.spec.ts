import kafkajs from 'kafkajs';
import { until } from 'nest-event-bus/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Arena, type HandlerLine, openArena } from '../support/faults/arena.js';
import { underLoad } from '../support/faults/load.js';
import { RUNS } from '../support/faults/on-sites.js';
import { kafkaClusterSite } from '../support/faults/site.js';
import { keepRow, verdictOf, windowOf } from '../support/faults/verdict.js';
import { requires } from '../support/requirements.js';

const MEMBERS = 2;
/** Records published before the leader died are handled within this time, in ms. */
const SETTLED_MS = 2_000;

await requires('kafka-3.9', 'Three Kafka brokers', () =>
  requires('registry', 'with a registry', (startRegistry) => {
    let site: Awaited<ReturnType<typeof kafkaClusterSite>>;
    let arena: Arena | undefined;
    beforeAll(async () => {
      site = await kafkaClusterSite(await startRegistry());
    }, 180_000);
    afterEach(() => arena?.clear());
    afterAll(() => site.clear(), 60_000);

    it('a leader that is killed costs no event, and needs no operator', { timeout: 180_000 * RUNS }, async () => {
      for (let run = 0; run < RUNS; run += 1) {
        const current = (arena = await openArena(site, 'leader'));
        const load = await underLoad(current, MEMBERS);
        const leader = await leaderOf(site.server.bootstrapServers, current.bench.topic);
        await site.server.nodes[leader - 1]?.kill();
        const killedAt = Date.now();
        const keys = new Set(current.lines.map(({ key }) => key));
        // Keys of all partitions, including those whose leader is dead.
        const handledSince = () => new Set(endedSince(current, killedAt + SETTLED_MS).map(({ key }) => key));
        await until(() => [...keys].every((key) => handledSince().has(key)), {
          withinMs: 90_000,
          what: () => `events of every key to be handled again; the logs say:\n${load.lastWords()}`,
        });
        const recoveryMs = longestPause(current, killedAt);
        await site.server.nodes[leader - 1]?.restart();
        const again = await load.end();
        const verdict = await verdictOf(current);
        const allowed = MEMBERS * windowOf(current) + again;
        expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0, outOfOrder: 0 });
        expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
        const row = { promise: 'A broker that goes away costs no event', backend: 'Kafka 3.9' } as const;
        keepRow(
          { ...row, fault: 'the leader of three brokers is killed, and back' },
          { ...verdict, allowed, recoveryMs },
        );
        if (run + 1 < RUNS) await current.clear();
      }
    });
  }),
);

/** The node that leads partition 0. */
async function leaderOf(brokers: string, topic: string): Promise<number> {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader ?? 0;
  } finally {
    await admin.disconnect();
  }
}

/** The longest time after `since` without a handled event in one partition, in ms. Others may continue meanwhile. */
function longestPause(arena: Arena, since: number): number {
  const last = new Map<string, number>();
  let longest = 0;
  for (const { key, at } of endedSince(arena, since)) {
    longest = Math.max(longest, at - (last.get(key) ?? since));
    last.set(key, at);
  }
  return longest;
}

function endedSince({ lines }: Arena, since: number): readonly HandlerLine[] {
  return lines.filter(({ what, at }) => what === 'ended' && at >= since);
}
