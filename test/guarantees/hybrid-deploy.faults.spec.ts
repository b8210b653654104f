import { until } from 'nest-event-bus/testing';
import { describe, expect, it } from 'vitest';
import type { Arena, Member } from '../support/faults/arena.js';
import { AUDIT_ON, onSites, RUNS } from '../support/faults/on-sites.js';
import { keepRow, verdictOf } from '../support/faults/verdict.js';

const DEPLOYS = 3;
/** Events per second. */
const RATE = 50;
const HOOK_MS = 3_000;

await onSites(['embedded', 'Redis', 'Redis, exclusive', 'Kafka 3.9', 'Kafka 4.1'], ({ name, open }) => {
  describe('the deploy of a hybrid application spends no attempt and sets nothing aside', () => {
    for (const { title, fault, isRolling } of [
      { title: 'closed and started again', fault: 'closed, then started again', isRolling: false },
      { title: 'replaced while it runs', fault: 'replaced by one that is started before', isRolling: true },
    ]) {
      it(title, { timeout: 180_000 * RUNS }, async () => {
        for (let run = 0; run < RUNS; run += 1) {
          const arena = await open(`hybrid ${title}`, AUDIT_ON);
          const apps = [await started(arena)];
          const publisher = arena.publisher({ rate: RATE });
          for (let deploy = 0; deploy < DEPLOYS; deploy += 1) {
            await flows(arena, apps);
            const [old] = apps.slice(-1);
            if (isRolling) apps.push(await started(arena));
            await stopped(old);
            if (!isRolling) apps.push(await started(arena));
          }
          await flows(arena, apps);
          publisher.child.kill('SIGTERM');
          const [, again] = await publisher.says(/PUBLISHED \d+, (\d+) times again/, 60_000);
          const allowed = Number(again);
          await arena.settled();
          await stopped(apps.at(-1));

          for (const app of apps)
            expect(app.lines.filter((line) => /Handler failed|the pool is closed/.test(line))).toEqual([]);
          const verdict = await verdictOf(arena);
          expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0 });
          expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
          expect(verdict.outOfOrder ?? 0).toBe(0);
          expect(arena.lines.filter(({ attempt }) => attempt > 1)).toEqual([]);
          const row = {
            promise: 'A deploy of a hybrid application spends no attempt',
            fault: `the application is ${fault}, ${DEPLOYS} times under load, its hooks take ${HOOK_MS / 1000} s`,
            backend: name,
          };
          keepRow(row, { ...verdict, allowed, note: '0 attempts spent, 0 dead letters' });
        }
      });
    }
  });
});

async function started(arena: Arena): Promise<Member> {
  const { topic, group } = arena.bench;
  const app = arena.member({
    app: 'hybrid-app',
    env: { TOPIC: topic, GROUP: group, HANDLER_MS: '30', HOOK_MS: String(HOOK_MS) },
  });
  await app.says(/^LISTENING/, 60_000);
  return app;
}

/** Sends SIGTERM like an orchestrator. Nest calls the hooks and then ends with the same signal. */
async function stopped(app: Member | undefined): Promise<void> {
  expect(await app?.stop(), app?.lines.slice(-15).join('\n')).toBe('SIGTERM');
  const order = app?.lines.flatMap(
    (line) => /^(POOL CLOSES|HOOK ENDS)$/.exec(line)?.[1] ?? (/Consumer stopped: /.test(line) ? ['Stopped'] : []),
  );
  expect(order).toEqual(['Stopped', 'POOL CLOSES', 'HOOK ENDS']);
}

async function flows(arena: Arena, apps: readonly Member[]): Promise<void> {
  const before = arena.handled.length;
  await until(() => arena.handled.length > before + RATE, {
    withinMs: 60_000,
    what: () => `events to flow; the application said:\n${apps.at(-1)?.lines.slice(-15).join('\n') ?? ''}`,
  });
}
