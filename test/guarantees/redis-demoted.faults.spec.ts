import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { type Arena, openArena } from '../support/faults/arena.js';
import { underLoad } from '../support/faults/load.js';
import { idsIn, redisCli } from '../support/faults/redis-cli.js';
import { portOf, redisProxySite } from '../support/faults/site.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';
import { requires } from '../support/requirements.js';
import { RUNS } from '../support/faults/on-sites.js';

const MEMBERS = 2;

await requires('redis', 'A Redis whose master becomes a replica while connections to it stay', () => {
  let site: Awaited<ReturnType<typeof redisProxySite>>;
  let arena: Arena;
  afterEach(async () => {
    await arena.clear();
    await site.clear();
  }, 60_000);

  for (let run = 1; run <= RUNS; run += 1) {
    it(`costs no event and no operator, twice in a row (run ${run})`, { timeout: 240_000 }, async () => {
      site = await redisProxySite();
      const ports = [portOf(site.servers[0]), portOf(site.servers[1])] as const;
      redisCli(ports[1], 'REPLICAOF', '127.0.0.1', String(ports[0]));
      await until(() => /state=online/.test(redisCli(ports[0], 'INFO', 'replication')), {
        withinMs: 20_000,
        what: 'the replica to be there',
      });
      arena = await openArena(site, 'demoted');
      const load = await underLoad(arena, MEMBERS);
      const swaps = [
        [ports[0], ports[1]],
        [ports[1], ports[0]],
      ] as const;
      let [brokenAt, backAt] = [0, 0];
      for (const [from, to] of swaps) {
        brokenAt = Date.now();
        // The master waits until the replica is in sync, and swaps roles with it.
        redisCli(from, 'FAILOVER', 'TO', '127.0.0.1', String(to), 'TIMEOUT', '10000');
        await until(() => /role:master/.test(redisCli(to, 'INFO', 'replication')), {
          withinMs: 20_000,
          what: 'the replica to be the master',
        });
        site.way.target = to;
        backAt = Date.now();
        const before = arena.published.length;
        await until(() => arena.published.length > before + 400, {
          withinMs: 60_000,
          what: () => `publishing to go on; the logs say:\n${load.lastWords()}`,
        });
        await until(() => /state=online/.test(redisCli(to, 'INFO', 'replication')), {
          withinMs: 20_000,
          what: 'the old master to be a replica',
        });
      }
      const again = await load.end();
      const verdict = await verdictOf(arena);
      const allowed = MEMBERS * windowOf(arena) * swaps.length + again;
      expect(verdict.unknown).toBe(0);
      expect(verdict.lost).toBe(0);
      expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
      // Reads the stream with an independent client.
      const lying = idsIn(ports[0], arena.bench.topic);
      const published = arena.published.map(({ id }) => id);
      const there = new Set(lying);
      expect(published.filter((id) => !there.has(id))).toEqual([]);
      expect(lying.length - there.size).toBeLessThanOrEqual(again);
      keepRow(
        {
          promise: 'A broker that goes away costs no event',
          fault: 'the master becomes a replica while connections stay (READONLY), behind a proxy, and back again',
          backend: 'Redis',
        },
        { ...verdict, allowed, recoveryMs: recoveryOf(arena, brokenAt, backAt) },
      );
    });
  }
});
