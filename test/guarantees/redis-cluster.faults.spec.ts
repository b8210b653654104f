import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { type Arena, openArena } from '../support/faults/arena.js';
import { underLoad } from '../support/faults/load.js';
import { RUNS } from '../support/faults/on-sites.js';
import { idsIn } from '../support/faults/redis-cli.js';
import { portOf, redisClusterSite } from '../support/faults/site.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';
import { requires } from '../support/requirements.js';

const MEMBERS = 2;
/** A replica may lack the records of this last period when its master dies, in ms. */
const BEHIND_MS = 1_000;

await requires('redis-cluster', 'A Redis cluster of three nodes, one of which fails over', () => {
  let site: Awaited<ReturnType<typeof redisClusterSite>>;
  let arena: Arena;
  afterEach(async () => {
    await arena.clear();
    await site.clear();
  }, 60_000);

  for (let run = 1; run <= RUNS; run += 1) {
    it(
      `needs no operator, and loses only what the replica had not got (run ${run})`,
      { timeout: 240_000 },
      async () => {
        site = await redisClusterSite();
        arena = await openArena(site, 'cluster');
        const load = await underLoad(arena, MEMBERS);
        const master = await site.cluster.masterOf(arena.bench.topic);
        const brokenAt = Date.now();
        await master.kill();
        const atRisk = arena.published.filter(
          (event) => 'at' in event && Number(event.at) >= brokenAt - BEHIND_MS,
        ).length;
        const serving = async () => {
          const now = await site.cluster.masterOf(arena.bench.topic);
          return now === master ? undefined : now;
        };
        await until(async () => (await serving()) !== undefined, {
          withinMs: 60_000,
          what: 'the replica to be the master',
        });
        const backAt = Date.now();
        await master.restart();
        const before = arena.published.length;
        await until(() => arena.published.length > before + 400, {
          withinMs: 90_000,
          what: () => `publishing to go on; the logs say:\n${load.lastWords()}`,
        });
        const again = await load.end();
        const verdict = await verdictOf(arena);
        const allowed = MEMBERS * windowOf(arena) + again + atRisk;
        expect(verdict.unknown).toBe(0);
        expect(verdict.lost).toBeLessThanOrEqual(atRisk);
        const lying = idsIn(portOf(await site.cluster.masterOf(arena.bench.topic)), arena.bench.topic);
        const there = new Set(lying);
        // Reads the stream with an independent client.
        expect(arena.published.filter(({ id }) => !there.has(id)).length).toBeLessThanOrEqual(atRisk);
        expect(verdict.duplicates, `${lying.length - there.size} lie there twice`).toBeLessThanOrEqual(allowed);
        keepRow(
          {
            promise: 'A broker that goes away costs no event',
            fault: 'a node of a three-node cluster dies and its replica takes over',
            backend: 'Redis',
          },
          {
            ...verdict,
            allowed,
            recoveryMs: recoveryOf(arena, brokenAt, backAt),
            note: `the loss window of a failover: what the replica had not got (${atRisk} events were at risk)`,
          },
        );
      },
    );
  }
});
