import { expect, it } from 'vitest';
import { endsUnheard, publishMarked } from '../support/faults/marked.js';
import { onSites, RUNS } from '../support/faults/on-sites.js';
import { keepRow, verdictOf, windowOf } from '../support/faults/verdict.js';

const STOP_TIMEOUT_S = 5;
/** A margin for a busy machine. */
const SLACK_MS = 3_000;

await onSites(['embedded', 'Redis', 'Redis, exclusive', 'Kafka 3.9', 'Kafka 4.1'], ({ name, open }) => {
  it(
    'a consumer that is asked to stop ends within the stop timeout, though nothing that it does reaches the broker, and loses no event',
    { timeout: 90_000 * RUNS },
    async () => {
      for (let run = 0; run < RUNS; run += 1) {
        const arena = await open('stop in time', { EVENT_BUS_CONSUMER_STOP_TIMEOUT: String(STOP_TIMEOUT_S) });
        const marked = await publishMarked(arena);
        const member = arena.member({ point: 'during' });
        await member.says(/AT POINT/);
        const before = arena.handled.length;
        const release = await endsUnheard(member, arena, marked);
        const askedAt = performance.now();
        const code = await member.stop();
        const tookMs = performance.now() - askedAt;
        expect(tookMs).toBeLessThan(STOP_TIMEOUT_S * 1_000 + SLACK_MS);
        expect([0, 9], member.lines.slice(-10).join('\n')).toContain(code);
        await release();
        const unheard = arena.handled.length - before;
        const heir = arena.member();
        await arena.settled();
        await expect(heir.stop()).resolves.toBe(0);
        const verdict = await verdictOf(arena);
        expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0 });
        expect(verdict.outOfOrder ?? 0).toBe(0);
        const allowed = windowOf(arena) + unheard;
        expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
        const row = {
          promise: 'A stop ends in time',
          fault: 'stopped while nothing reaches the broker',
          backend: name,
        };
        const note = `ended after ${(tookMs / 1_000).toFixed(1)} s of ${STOP_TIMEOUT_S} s`;
        keepRow(row, { ...verdict, allowed, note });
      }
    },
  );
});
