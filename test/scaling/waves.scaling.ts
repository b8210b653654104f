import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { kedaScalers } from '../../tools/scaling/keda-scalers.mjs';
import { manifests, triggersIn } from '../deploy/manifests.js';
import type { Arena, Member } from '../support/faults/arena.js';
import { onSites } from '../support/faults/on-sites.js';
import { PARTITIONS } from '../support/faults/site.js';
import { verdictOf } from '../support/faults/verdict.js';
import { autoscaler } from './autoscaler.js';
import { keda } from './keda.js';
import { keepCurve, type Sample } from './curve.js';

const WAVES = Number(process.env['EVENT_BUS_SCALING_WAVES'] ?? 3);
const EVENTS = 120;
const HANDLER_MS = 200;
const POLL_MS = 1_000;
const LIMIT_MS = 240_000;

await onSites(['Redis', 'Kafka 3.9'], ({ name, open }) => {
  it(
    `KEDA scales from zero to ${PARTITIONS} members and back, ${WAVES} times`,
    { timeout: LIMIT_MS + 60_000 },
    async () => {
      const arena = await open('scaling-by-keda', {
        HANDLER_MS: String(HANDLER_MS),
        EVENT_BUS_CONSUMER_CONCURRENCY: '1',
        EVENT_BUS_CONSUMER_ORDERING: 'partition',
      });
      const scalers = keda(await kedaScalers(), await triggersOf(arena));
      const samples: Sample[] = [];
      try {
        const decide = autoscaler({ min: 0, max: PARTITIONS, stabilizationMs: 5_000, cooldownMs: 5_000, fallback: 1 });
        const members: Member[] = [];
        const stops: Promise<number | string>[] = [];
        const began = Date.now();
        let wave = 0;
        while (wave < WAVES || members.length > 0) {
          if (Date.now() - began > LIMIT_MS)
            throw new Error(`not back at zero in time: ${JSON.stringify(samples.slice(-5))}`);
          if (members.length === 0 && wave < WAVES) {
            await arena.publish(arena.events(EVENTS, { keys: 60 }));
            wave += 1;
          }
          const seen = await scalers.poll();
          const pods = decide(seen, members.length, Date.now());
          samples.push({ s: (Date.now() - began) / 1000, lag: Math.max(...seen.map(({ value }) => value)), pods });
          while (members.length < pods) members.push(arena.member());
          for (const member of members.splice(pods)) stops.push(member.stop());
          await pause(POLL_MS);
        }
        expect(new Set(await Promise.all(stops))).toEqual(new Set([0]));
        expect(await verdictOf(arena)).toMatchObject({ lost: 0, unknown: 0, duplicates: 0, deadLetters: 0 });
        expect(Math.max(...samples.map(({ pods }) => pods))).toBe(PARTITIONS);
      } finally {
        scalers.close();
        keepCurve(name, samples);
      }
    },
  );
});

/** The triggers of `event-bus manifests` for the arena, with the credentials that the Secret would hold. */
async function triggersOf({ bench, site }: Arena) {
  const { code, text, said } = await manifests({ ...bench.env }, [
    ...['--topic', bench.topic, '--group', bench.group, '--max', `${PARTITIONS}`, '--lag', '20'],
  ]);
  if (code !== 0) throw new Error(said);
  const [password] = site.secrets;
  return triggersIn(text).map(({ type, metadata }) => ({
    type,
    metadata,
    auth: password === undefined ? {} : { password },
  }));
}
