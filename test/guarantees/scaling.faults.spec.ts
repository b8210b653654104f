import { AdminError } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { expect, it } from 'vitest';
import type { Arena, Member } from '../support/faults/arena.js';
import { onSites } from '../support/faults/on-sites.js';
import { keepRow, verdictOf } from '../support/faults/verdict.js';

const CYCLES = 5;
const MEMBERS = 3;
/**
 * The lag before each member starts and again when it consumes. So there is lag all the time, however slowly members
 * start.
 */
const LAG = 600;
const SLOW = { HANDLER_MS: '40', EVENT_BUS_CONSUMER_CONCURRENCY: '4' };

await onSites(['embedded', 'Redis', 'Redis, exclusive', 'Kafka 3.9', 'Kafka 4.1'], ({ name, open }) => {
  it(
    'up to three members, down to zero and back, five times under lag, repeats no event',
    { timeout: 300_000 },
    async () => {
      const arena = await open('scaling');
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const members: Member[] = [];
        for (let n = 1; n <= MEMBERS; n += 1) {
          await topUp(arena);
          const member = arena.member({ env: SLOW });
          members.push(member);
          await member.says(/Consuming:/, 40_000);
          await topUp(arena);
          const before = arena.handled.length;
          await until(() => arena.handled.length > before + 50, {
            withinMs: 30_000,
            what: () =>
              `events to be handled with member ${n} of cycle ${cycle + 1}; the members said:\n${lastWordsOf(members)}`,
          });
        }
        for (const member of members) expect(await member.stop(), member.lines.slice(-5).join('\n')).toBe(0);
        expect(await arena.behind()).toBeGreaterThan(0);
      }
      const last = [arena.member(), arena.member()];
      await arena.settled();
      for (const member of last) await expect(member.stop()).resolves.toBe(0);
      const verdict = await verdictOf(arena);
      expect(verdict).toMatchObject({ lost: 0, unknown: 0, duplicates: 0, deadLetters: 0 });
      expect(verdict.outOfOrder ?? 0).toBe(0);
      const row = { promise: 'A clean stop repeats nothing', backend: name };
      keepRow(
        { ...row, fault: `0 → ${MEMBERS} → 0 members, ${CYCLES} times under lag, slow handlers` },
        { ...verdict, allowed: 0 },
      );
    },
  );
});

async function topUp(arena: Arena): Promise<void> {
  // Before the first member there is no group.
  const lag = await arena.behind().catch((error: unknown) => {
    if (error instanceof AdminError) return 0;
    throw error;
  });
  const missing = LAG - lag;
  if (missing > 0) await arena.publish(arena.events(missing, { keys: 60 }));
}

function lastWordsOf(members: readonly Member[]): string {
  return members.map(({ lines }, n) => `member ${n + 1}:\n${lines.slice(-15).join('\n')}`).join('\n');
}
