import { expect, it } from 'vitest';
import type { HandlerLine } from '../support/faults/arena.js';
import { onSites } from '../support/faults/on-sites.js';
import { keepRow, verdictOf } from '../support/faults/verdict.js';

const EVENTS = 10_000;
const POISON = 1_000;
const ATTEMPTS = 3;

await onSites(['embedded', 'Redis', 'Kafka 3.9', 'Kafka 4.1'], ({ name, open }) => {
  it(
    '1,000 events that always fail among 10,000 cost their attempts, and the others keep flowing',
    { timeout: 240_000 },
    async () => {
      const arena = await open('poison', {
        EVENT_BUS_RETRY_ATTEMPTS: String(ATTEMPTS),
        EVENT_BUS_RETRY_DELAY: '0.05',
        EVENT_BUS_CONSUMER_CONCURRENCY: '16',
        EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: '200',
      });
      const events = arena.events(EVENTS, {
        keys: 700,
        word: (n) => (n % (EVENTS / POISON) === 3 ? 'poison' : 'plain'),
      });
      const poison = new Set(events.filter(({ note }) => note?.startsWith('poison')).map(({ id }) => id));
      expect(poison.size).toBe(POISON);
      await arena.publish(events);
      const member = arena.member();
      await arena.settled(120_000);
      await expect(member.stop()).resolves.toBe(0);

      const verdict = await verdictOf(arena);
      expect(verdict).toMatchObject({ lost: 0, unknown: 0, duplicates: 0 });
      expect(verdict).toMatchObject({ handled: EVENTS - POISON, deadLetters: POISON });
      expect(verdict.outOfOrder ?? 0).toBe(0);
      expect((await arena.deadLetters()).every((id) => poison.has(id))).toBe(true);
      const { lines } = arena;
      expect(lines.filter(({ what, id }) => what === 'begun' && poison.has(id))).toHaveLength(POISON * ATTEMPTS);
      expect(overtaken(lines, poison)).toBeGreaterThan(POISON * 0.9);
      keepRow(
        {
          promise: 'A poison record costs its attempts, not the topic',
          fault: '1,000 of 10,000 always fail',
          backend: name,
        },
        { ...verdict, allowed: 0, note: `${POISON * ATTEMPTS} handler calls for ${POISON} × ${ATTEMPTS} attempts` },
      );
    },
  );
});

/** The number of failing events that waited for their next attempt while another event was handled. */
function overtaken(lines: readonly HandlerLine[], poison: ReadonlySet<string>): number {
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  const ended: number[] = [];
  for (const [n, { what, id, attempt }] of lines.entries()) {
    if (what === 'ended') ended.push(n);
    else if (poison.has(id) && attempt === 1) first.set(id, n);
    else if (poison.has(id) && attempt === ATTEMPTS) last.set(id, n);
  }
  const until = lines.map(() => 0);
  for (const n of ended) until[n] = 1;
  for (let n = 1; n < until.length; n += 1) until[n] = (until[n] ?? 0) + (until[n - 1] ?? 0);
  return [...first].filter(([id, n]) => (until[last.get(id) ?? n] ?? 0) > (until[n] ?? 0)).length;
}
