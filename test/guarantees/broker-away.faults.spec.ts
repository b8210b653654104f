import { setTimeout as pass } from 'node:timers/promises';
import { until } from 'nest-event-bus/testing';
import { describe, expect, it } from 'vitest';
import { underLoad } from '../support/faults/load.js';
import { onSites, RUNS } from '../support/faults/on-sites.js';
import type { Site } from '../support/faults/site.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';

const MEMBERS = 2;

interface Outage {
  readonly title: string;
  /** Breaks the broker or the connection to it. Resolves when the broker answers again. */
  readonly happen: (site: Site) => Promise<void>;
}

const OUTAGES: readonly Outage[] = [
  {
    title: 'killed, and back',
    async happen({ server }) {
      await server?.kill();
      await server?.restart();
    },
  },
  {
    title: 'stopped for 20 s, and going on',
    async happen({ server }) {
      await server?.pause();
      await pass(20_000);
      await server?.resume();
    },
  },
  {
    title: 'silent on all connections of the time (half-open sockets)',
    happen({ way }) {
      way?.silence();
      return Promise.resolve();
    },
  },
];

await onSites(['Redis', 'Redis, exclusive', 'Kafka 3.9', 'Kafka 4.1'], ({ name, site, open }) => {
  describe('a broker that goes away while events are published and handled costs none, and needs no operator', () => {
    for (const { title, happen } of OUTAGES) {
      it(title, { timeout: 400_000 * RUNS }, async () => {
        for (let run = 0; run < RUNS; run += 1) {
          const arena = await open(`broker ${title}`);
          const load = await underLoad(arena, MEMBERS);
          const brokenAt = Date.now();
          await happen(site());
          const backAt = Date.now();
          const before = arena.handled.length;
          await until(() => arena.handled.length > before + 1_000, {
            withinMs: 90_000,
            what: () => `events to be handled again; the members said:\n${load.lastWords()}`,
          });
          const again = await load.end();
          const recoveryMs = recoveryOf(arena, brokenAt, backAt);
          const verdict = await verdictOf(arena);
          const allowed = MEMBERS * windowOf(arena) + again;
          expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0 });
          expect(verdict.outOfOrder ?? 0).toBe(0);
          expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
          const row = {
            promise: 'A broker that goes away costs no event',
            fault: `the broker is ${title}`,
            backend: name,
          };
          keepRow(row, { ...verdict, allowed, recoveryMs });
        }
      });
    }
  });
});
