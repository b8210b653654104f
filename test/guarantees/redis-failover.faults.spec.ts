import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { type Arena, openArena } from '../support/faults/arena.js';
import { underLoad } from '../support/faults/load.js';
import { redisFailoverSite } from '../support/faults/site.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';
import { requires } from '../support/requirements.js';

const MEMBERS = 2;
/** How long the replica is cut off before the master dies, in ms. */
const BEHIND_MS = 1_000;

await requires('redis', 'A Redis that fails over to a replica which was behind', () => {
  let site: Awaited<ReturnType<typeof redisFailoverSite>>;
  let arena: Arena;
  afterEach(async () => {
    await arena.clear();
    await site.clear();
  }, 60_000);

  const CASES = [
    { fault: 'the master dies while its replica is a second behind', confirmed: '0' },
    { fault: 'the same, with EVENT_BUS_REDIS_CONFIRM_REPLICAS=1', confirmed: '1' },
  ];
  for (const { fault, confirmed } of CASES) {
    it(
      `needs no operator, and loses only what the replica had not confirmed: ${fault}`,
      { timeout: 180_000 },
      async () => {
        site = await redisFailoverSite();
        arena = await openArena(site, 'failover', { EVENT_BUS_REDIS_CONFIRM_REPLICAS: confirmed });
        const load = await underLoad(arena, MEMBERS);
        const [master, replica] = site.servers.nodes;
        await replica.pause();
        const behindSince = Date.now();
        await until(() => Date.now() - behindSince > BEHIND_MS, { withinMs: 10_000, what: 'time to pass' });
        await master.kill();
        const brokenAt = Date.now();
        const atRisk = arena.published.filter(
          (event) => 'at' in event && Number(event.at) >= behindSince - 1_000,
        ).length;
        await replica.resume();
        await until(async () => (await site.servers.masterUrl()) === replica.url, {
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
        expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
        expect(verdict.lost).toBeLessThanOrEqual(confirmed === '0' ? atRisk : 0);
        const row = { promise: 'A broker that goes away costs no event', backend: 'Redis' } as const;
        const note =
          confirmed === '0'
            ? `the loss window of a failover: what the replica had not got (${atRisk} events were at risk)`
            : undefined;
        keepRow({ ...row, fault }, { ...verdict, allowed, recoveryMs: recoveryOf(arena, brokenAt, backAt), note });
      },
    );
  }
});
