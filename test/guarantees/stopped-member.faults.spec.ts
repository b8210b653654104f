import { describe, expect, it } from 'vitest';
import type { Arena, Member, Point } from '../support/faults/arena.js';
import { endsUnheard, failsUnheard, publishMarked } from '../support/faults/marked.js';
import { AUDIT_ON, onSites, RUNS } from '../support/faults/on-sites.js';
import { keepRow, verdictOf } from '../support/faults/verdict.js';

/** The point at which a member is asked to stop, and the event during the stop. */
interface Stop {
  readonly title: string;
  readonly point: Point;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Prepares the event while the member is at its point. Resolves with a function to call after the member was asked to
   * stop.
   */
  readonly prepare: (member: Member, arena: Arena, marked: string) => Promise<() => Promise<void>>;
}

const goOn = (member: Member) =>
  Promise.resolve(() => {
    member.goOn();
    return Promise.resolve();
  });

const STOPS: readonly Stop[] = [
  { title: 'before a handler', point: 'before', prepare: goOn },
  { title: 'during a handler', point: 'during', prepare: goOn },
  { title: 'after a handler, before the commit', point: 'during', prepare: endsUnheard },
  {
    title: 'while waiting for a retry',
    point: 'retry',
    env: { EVENT_BUS_RETRY_DELAY: '60' },
    prepare: () => Promise.resolve(() => Promise.resolve()),
  },
  {
    title: 'while writing a dead letter',
    point: 'failing',
    env: { EVENT_BUS_RETRY_ATTEMPTS: '1' },
    prepare: failsUnheard,
  },
  {
    title: 'during shutdown',
    point: 'during',
    prepare: (member) =>
      Promise.resolve(() => {
        member.child.kill('SIGTERM');
        member.goOn();
        return Promise.resolve();
      }),
  },
];

await onSites(['embedded', 'Redis', 'Redis, exclusive', 'Kafka 3.9', 'Kafka 4.1'], ({ name, open }) => {
  describe('a member that is asked to stop ends with 0 and repeats nothing', () => {
    for (const { title, point, env = {}, prepare } of STOPS) {
      it(title, { timeout: 60_000 * RUNS }, async () => {
        for (let run = 0; run < RUNS; run += 1) {
          const arena = await open(`stopped ${title}`, AUDIT_ON);
          const marked = await publishMarked(arena);
          const first = arena.member({ point, env: { HANDLER_MS: '1', ...env } });
          await first.says(point === 'retry' ? /Handler failed, will try again/ : /AT POINT/);
          const then = await prepare(first, arena, marked);
          first.child.kill('SIGTERM');
          await first.says(/ASKED TO STOP/);
          const askedAt = Date.now();
          await then();
          expect(await first.ended, first.lines.slice(-5).join('\n')).toBe(0);
          const recoveryMs = Date.now() - askedAt;
          const second = arena.member();
          await arena.settled();
          await expect(second.stop()).resolves.toBe(0);
          const verdict = await verdictOf(arena);
          expect(verdict).toMatchObject({ lost: 0, unknown: 0, duplicates: 0 });
          expect(verdict.outOfOrder ?? 0).toBe(0);
          expect(verdict.deadLetters).toBe(point === 'failing' ? 1 : 0);
          const row = { promise: 'A clean stop repeats nothing', fault: `SIGTERM ${title}`, backend: name };
          keepRow(row, { ...verdict, allowed: 0, recoveryMs });
        }
      });
    }
  });
});
