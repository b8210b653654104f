import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { until, within } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { openArena } from '../support/faults/arena.js';
import { RUNS } from '../support/faults/on-sites.js';
import { redisSite, type Site } from '../support/faults/site.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';
import { isDemanded, requires } from '../support/requirements.js';

const execute = promisify(execFile);
const MEMBERS = 2;
/** Events per second, of 10 kB each. The retention keeps a sixth of the server's memory of them. */
const RATE = 150;
const NOTE = `plain ${'x'.repeat(10_000)}`;
const RETENTION_S = 3;
const SETTINGS = { EVENT_BUS_REDIS_RETENTION: String(RETENTION_S) };

await requires('redis', 'A Redis that is full under load', () => {
  const clearing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0).toReversed()) await clear();
  }, 60_000);

  const names = ['Redis', 'Redis, exclusive'] as const;
  for (const name of names) {
    for (let run = 1; run <= RUNS; run += 1) {
      it(
        `is consumed and trimmed, and publishing recovers, without an operator: ${name}, run ${run}`,
        { timeout: 240_000 },
        async ({ skip }) => {
          if (!hasRedisCli()) skip('needs redis-cli, which comes with redis-server');
          const site = await redisSite(name === 'Redis, exclusive', { maxmemory: '30mb' });
          clearing.push(() => site.clear());
          const arena = await openArena(site, 'full', SETTINGS);
          clearing.push(() => arena.clear());
          const { topic, group } = arena.bench;
          const members = Array.from({ length: MEMBERS }, () => arena.member({ env: { HANDLER_MS: '2' } }));
          await members[0]?.says(/Consuming:/);
          const publisher = arena.publisher({ rate: RATE, env: { NOTE } });
          const lastWords = () =>
            [...members, publisher]
              .flatMap(({ lines }) => lines.slice(-8).map((line) => line.slice(0, 300)))
              .join('\n');
          await until(() => arena.handled.length > RATE, { withinMs: 60_000, what: () => `events: ${lastWords()}` });
          for (const { child } of members) child.kill('SIGSTOP');
          await publisher.says(/Redis is full and refuses published events/, 90_000);
          const brokenAt = Date.now();
          const full = Number(await asked(site, 'XLEN', topic));
          expect(full).toBeGreaterThan(1_000);
          await until(() => Date.now() - brokenAt > 3_000, { withinMs: 10_000, what: 'time to pass' });
          for (const { child } of members) child.kill('SIGCONT');
          const backAt = Date.now();
          const before = arena.published.length;
          await until(() => arena.published.length > before + 3_000, {
            withinMs: 90_000,
            what: () => `publishing to go on for longer than the server has memory; the logs say:\n${lastWords()}`,
          });
          publisher.child.kill('SIGTERM');
          await publisher.says(/PUBLISHED \d+, \d+ times again/, 60_000);
          expect(await within(publisher.ended, { withinMs: 60_000, what: lastWords })).toBe(0);
          await arena.settled(120_000);
          const endedAt = Date.now();
          await until(() => Date.now() - endedAt > RETENTION_S * 1_000, { withinMs: 10_000, what: 'all to be old' });
          // A process that publishes once and removes old entries.
          await arena.publish(arena.events(1));
          await arena.settled();
          for (const member of members) {
            expect([member.child.exitCode, member.child.signalCode], lastWords()).toEqual([null, null]);
            expect(await member.stop(), lastWords()).toBe(0);
          }
          // The server's own counts: no entry was added twice, the group received all, and old entries were removed.
          const stream = (await asked(site, 'XINFO', 'STREAM', topic)) as Facts;
          const [state] = (await asked(site, 'XINFO', 'GROUPS', topic)) as Facts[];
          const published = arena.published.length;
          const late = publisher.lines.filter((line) => line.includes('did not confirm within')).length;
          const added = Number(stream['entries-added']);
          expect(added).toBeGreaterThanOrEqual(published);
          expect(added).toBeLessThanOrEqual(published + late);
          expect(stream['length']).toBeLessThan(20);
          expect(state).toMatchObject({ name: group, pending: 0, 'entries-read': added, lag: 0 });
          const verdict = await verdictOf(arena);
          const allowed = MEMBERS * windowOf(arena) + late;
          expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0 });
          expect(verdict.outOfOrder ?? 0).toBe(0);
          expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
          keepRow(
            {
              promise: 'A full server is drained and recovers',
              fault: 'Redis is at its maxmemory while members stand still, and again under load',
              backend: name,
            },
            {
              ...verdict,
              allowed,
              recoveryMs: recoveryOf(arena, brokenAt, backAt, endedAt),
              note: `${published} events of 10 kB through 30 MB; ${full} entries when it was full, ${String(stream['length'])} at the end`,
            },
          );
        },
      );
    }
  }
});

/** If Redis runs in Docker, redis-cli may be missing. */
function hasRedisCli(): boolean {
  try {
    execFileSync('redis-cli', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (isDemanded('redis')) throw error;
    return false;
  }
}

type Facts = Readonly<Record<string, unknown>>;

/** Asks the server with its own command line tool, through the proxy. */
async function asked({ env }: Site, ...command: readonly string[]): Promise<unknown> {
  const { hostname, port, password } = new URL(env['EVENT_BUS_REDIS_CONNECTION_URL'] ?? '');
  const { stdout } = await execute('redis-cli', ['--json', '-h', hostname, '-p', port, ...command], {
    env: { ...process.env, REDISCLI_AUTH: password },
  });
  return JSON.parse(stdout);
}
