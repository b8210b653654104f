import { setTimeout as pass } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Arena, Member } from '../support/faults/arena.js';
import { onSites } from '../support/faults/on-sites.js';
import type { Site, SiteName } from '../support/faults/site.js';
import { keepRow, verdictOf, windowOf } from '../support/faults/verdict.js';
import { type Random, random } from './random.js';

const SITES: Readonly<Record<string, SiteName>> = {
  embedded: 'embedded',
  redis: 'Redis',
  'redis-exclusive': 'Redis, exclusive',
  'kafka-3.9': 'Kafka 3.9',
  'kafka-4.1': 'Kafka 4.1',
};

const minutes = Number(process.env['SOAK_MINUTES'] ?? 5);
const seed = Number(process.env['SOAK_SEED'] ?? 1);
const names = (process.env['SOAK_ON'] ?? 'embedded').split(',').map((name) => SITES[name] ?? 'embedded');

/** Events per second. */
const RATE = 100;
const MOST_MEMBERS = 4;
const HANDLER = { HANDLER_MS: '5' };

/** The state of a run of random faults. */
interface Run {
  readonly arena: Arena;
  readonly site: Site;
  readonly random: Random;
  readonly members: Member[];
  /** How many windows of events may have been handled twice. */
  windows: number;
}

type Fault = (run: Run) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  async 'kill -9 of a member'(run) {
    const member = take(run);
    await member.stop('SIGKILL');
    run.windows += 1;
    run.members.push(run.arena.member({ env: HANDLER }));
  },
  async 'SIGTERM to a member'(run) {
    await stop(take(run));
    run.members.push(run.arena.member({ env: HANDLER }));
  },
  async 'a member is stopped for a while'(run) {
    const member = run.random.one(run.members);
    member.child.kill('SIGSTOP');
    run.windows += 1;
    await pass(run.random.between(500, 8_000));
    member.child.kill('SIGCONT');
  },
  async 'a member more, or one less'(run) {
    const isMore = run.members.length === 1 || (run.members.length < MOST_MEMBERS && run.random.next() < 0.5);
    if (isMore) run.members.push(run.arena.member({ env: HANDLER }));
    else await stop(take(run));
  },
  async 'the broker is killed'(run) {
    await run.site.server?.kill();
    await pass(run.random.between(0, 2_000));
    await run.site.server?.restart();
    run.windows += run.members.length;
  },
  async 'the broker is stopped for a while'(run) {
    await run.site.server?.pause();
    await pass(run.random.between(500, 10_000));
    await run.site.server?.resume();
    run.windows += run.members.length;
  },
  'all connections are cut'(run) {
    run.site.way?.cut();
    run.windows += run.members.length;
    return Promise.resolve();
  },
  'all connections fall silent'(run) {
    run.site.way?.silence();
    run.windows += run.members.length;
    return Promise.resolve();
  },
  async 'nothing reaches the broker for a while'(run) {
    const release = await run.site.hold(run.arena.bench);
    await pass(run.random.between(500, 3_000));
    await release();
    run.windows += run.members.length;
  },
};

/** The faults of the embedded backend, which has no broker and no connections. */
const OF_A_FILE = [
  'kill -9 of a member',
  'SIGTERM to a member',
  'a member is stopped for a while',
  'a member more, or one less',
  'nothing reaches the broker for a while',
];

await onSites(names, ({ name, site, open }) => {
  it(
    `${minutes} minutes of random faults lose nothing (seed ${seed})`,
    { timeout: (minutes + 5) * 60_000 },
    async () => {
      const arena = await open('soak', { EVENT_BUS_PUBLISH_TIMEOUT: '10' });
      const run: Run = { arena, site: site(), random: random(seed), members: [], windows: 0 };
      run.members.push(arena.member({ env: HANDLER }), arena.member({ env: HANDLER }));
      await Promise.all(run.members.map((member) => member.says(/Consuming:/)));
      const publisher = arena.publisher({ rate: RATE });
      const begun = Date.now();
      let faults = 0;
      while (Date.now() - begun < minutes * 60_000) {
        await pass(run.random.between(1_000, 6_000));
        const fault = run.random.one(run.site.server === undefined ? OF_A_FILE : Object.keys(FAULTS));
        const handled = arena.handled.length;
        const at = ((Date.now() - begun) / 1000).toFixed(1).padStart(6);
        console.log(`${at} s  ${String(handled).padStart(6)} handled, ${run.members.length} members: ${fault}`);
        await FAULTS[fault]?.(run);
        faults += 1;
        for (const member of run.members) expectAlive(member);
      }
      for (const member of run.members) member.child.kill('SIGCONT');
      expect(await publisher.stop(), publisher.lines.slice(-8).join('\n')).toBe(0);
      const again = Number((await publisher.says(/PUBLISHED \d+, (\d+) times again/))[1]);
      await arena.settled(180_000);
      for (const member of run.members) await stop(member);
      const verdict = await verdictOf(arena);
      console.log(`seed ${seed} on ${name}: ${faults} faults, ${JSON.stringify(verdict)}, published again ${again}`);
      expect(verdict).toMatchObject({ lost: 0, unknown: 0, deadLetters: 0 });
      expect(verdict.outOfOrder ?? 0).toBe(0);
      const allowed = run.windows * windowOf(arena) + again;
      expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
      keepRow(
        {
          promise: 'All of it at random (npm run soak)',
          fault: 'kills, pauses, cuts and restarts at random',
          backend: name,
        },
        {
          ...verdict,
          allowed,
          note: `${minutes} minutes, ${faults} faults, seed ${seed}, ${arena.published.length} events`,
        },
      );
    },
  );
});

function take({ members, random: numbers }: Run): Member {
  const [member] = members.splice(numbers.between(0, members.length - 1), 1);
  if (member === undefined) throw new Error('There is no member left.');
  return member;
}

async function stop(member: Member): Promise<void> {
  const code = await member.stop();
  // A process that has not started to consume ends with the signal itself.
  expect(['SIGTERM', 0], member.lines.slice(-8).join('\n')).toContain(code);
}

/** A member that ended on its own would have needed an operator. */
function expectAlive({ child, lines }: Member): void {
  expect([child.exitCode, child.signalCode], lines.slice(-8).join('\n')).toEqual([null, null]);
}
