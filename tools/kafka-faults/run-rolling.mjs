import { setTimeout as delay } from 'node:timers/promises';
import { judge } from './handled.mjs';
import { KEYS } from './run-publishing.mjs';
import { sizeOf, underGroup, WINDOW } from './run-consuming.mjs';
import { until } from './wait.mjs';

const MEMBERS = 5;
const AWAY_MS = 500;
const CALM_MS = 3_000;

/** Restarts the five members of a group one after another, in order and under load. Each has an instance id. */
export function runRolling(cluster, { scenario: name, ...how }) {
  const given = { ...how, name, brokers: cluster.bootstrap, members: MEMBERS };
  const optionsOf = (member) => ({ assignment: 'cooperative-sticky', instanceId: member });
  return underGroup(cluster, { ...given, optionsOf }, async ({ names, started, start, journalOf }) => {
    const restarts = [];
    for (const member of names) {
      const from = Date.now();
      await started.get(member).stop();
      const size = sizeOf(journalOf(member));
      await delay(AWAY_MS);
      started.set(member, await start(member));
      await until(() => sizeOf(journalOf(member)) > size, {
        withinMs: 60_000,
        what: () => `${member} to handle records again`,
      });
      await delay(CALM_MS);
      restarts.push({ member, from, to: Date.now() });
    }
    return ({ handled, readableAt }) => aside(handled, readableAt, restarts);
  });
}

/**
 * For partitions that stayed with a member that was not restarted: the longest pause. Also the number of partitions
 * that moved.
 */
function aside(handled, readableAt, restarts) {
  let unmovedPauseMs = 0;
  let moved = 0;
  for (const { member, from, to } of restarts) {
    const before = new Map();
    const holders = new Map();
    for (const { partition, ended, member: by } of handled) {
      if (ended < from) before.set(partition, by);
      else if (ended <= to) holders.set(partition, (holders.get(partition) ?? new Set()).add(by));
    }
    const hasMoved = (partition) => [...(holders.get(partition) ?? [])].some((by) => by !== before.get(partition));
    moved += [...before.keys()].filter(hasMoved).length;
    const stayed = new Set([...before].flatMap(([at, by]) => (by !== member && !hasMoved(at) ? [at] : [])));
    const theirs = handled.filter(({ partition }) => stayed.has(partition));
    const { pauseMs } = judge(theirs, new Map(), { keys: KEYS, window: WINDOW, readableAt, since: from, until: to });
    unmovedPauseMs = Math.max(unmovedPauseMs, pauseMs);
  }
  return { unmovedPauseMs, moved };
}
