import { until } from 'nest-event-bus/testing';
import { describe, expect, it } from 'vitest';
import type { Arena, Member, Point } from '../support/faults/arena.js';
import { endsUnheard, failsUnheard, killUnheard, publishMarked } from '../support/faults/marked.js';
import { AUDIT_ON, onSites, RUNS } from '../support/faults/on-sites.js';
import { CLAIM_MS } from '../support/faults/site.js';
import { keepRow, verdictOf, windowOf } from '../support/faults/verdict.js';

/** A way for a member to die. */
interface Death {
  readonly title: string;
  readonly point: Point;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Kills the member, which has stopped at its point. Resolves with the number of events that it had handled but not
   * settled.
   */
  readonly kill: (member: Member, arena: Arena, marked: string) => Promise<number>;
}

const DEATHS: readonly Death[] = [
  { title: 'before a handler', point: 'before', kill: atOnce },
  { title: 'during a handler', point: 'during', kill: atOnce },
  { title: 'after a handler, before the commit', point: 'during', kill: onceItHasEnded },
  { title: 'while waiting for a retry', point: 'retry', env: { EVENT_BUS_RETRY_DELAY: '60' }, kill: atOnce },
  {
    title: 'while writing a dead letter',
    point: 'failing',
    env: { EVENT_BUS_RETRY_ATTEMPTS: '1' },
    kill: whileSettingAside,
  },
  { title: 'during shutdown', point: 'during', kill: whileStopping },
];

await onSites(['embedded', 'Redis', 'Redis, exclusive', 'Kafka 3.9'], ({ name, open }) => {
  describe('a member that is killed costs no event', () => {
    for (const { title, point, env = {}, kill } of DEATHS) {
      it(title, { timeout: 90_000 * RUNS }, async () => {
        for (let run = 0; run < RUNS; run += 1) {
          const arena = await open(`killed ${title}`, AUDIT_ON);
          const marked = await publishMarked(arena);
          const victim = arena.member({ point, env: { HANDLER_MS: '1', ...env } });
          await victim.says(point === 'retry' ? /Handler failed, will try again/ : /AT POINT/);
          const unheard = await kill(victim, arena, marked);
          const killedAt = Date.now();
          const before = arena.handled.length;
          expect(before).toBeLessThan(arena.published.length);
          const heir = arena.member();
          const again = () =>
            arena.lines.find(({ what, id, member }) => what === 'ended' && id === marked && member === heir.pid);
          await until(() => again() !== undefined, { withinMs: 60_000, what: 'another member to handle the event' });
          await arena.settled();
          await expect(heir.stop()).resolves.toBe(0);
          const verdict = await verdictOf(arena);
          expect(verdict).toMatchObject({ lost: 0, unknown: 0 });
          expect(verdict.outOfOrder ?? 0).toBe(0);
          const allowed = windowOf(arena) + unheard;
          expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
          // Without duplicates, the kill came too late.
          if (kill === onceItHasEnded) expect(verdict.duplicates).toBeGreaterThan(0);
          const recoveryMs = (again()?.at ?? Infinity) - killedAt;
          expect(recoveryMs).toBeLessThan(CLAIM_MS[name] + 30_000);
          const row = { promise: 'At least once, whatever member dies', fault: `kill -9 ${title}`, backend: name };
          keepRow(row, { ...verdict, allowed, recoveryMs });
        }
      });
    }
  });
});

async function atOnce(member: Member): Promise<number> {
  await member.stop('SIGKILL');
  return 0;
}

async function onceItHasEnded(member: Member, arena: Arena, marked: string): Promise<number> {
  const before = arena.handled.length;
  const release = await endsUnheard(member, arena, marked);
  await killUnheard(member, arena);
  await release();
  return arena.handled.length - before;
}

async function whileSettingAside(member: Member, arena: Arena): Promise<number> {
  const before = arena.handled.length;
  const release = await failsUnheard(member, arena);
  await killUnheard(member, arena);
  await release();
  return arena.handled.length - before;
}

async function whileStopping(member: Member): Promise<number> {
  member.child.kill('SIGTERM');
  await member.says(/ASKED TO STOP/);
  return atOnce(member);
}
