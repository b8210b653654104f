import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkHistory } from 'nest-event-bus/testing';
import { ROOT } from '../process.js';
import { type Arena, MAX_IN_FLIGHT } from './arena.js';
import type { SiteName } from './site.js';

/** The result of one fault compared with the promises. */
export interface Verdict {
  /** Published, but neither handled nor in the dead letter topic. */
  readonly lost: number;
  /** Handled after a later event with the same key. `undefined` if no order is promised. */
  readonly outOfOrder: number | undefined;
  /** Handled or moved to the dead letter topic more than once. */
  readonly duplicates: number;
  /** Handled, but never published. */
  readonly unknown: number;
  readonly handled: number;
  readonly deadLetters: number;
}

export async function verdictOf(arena: Arena): Promise<Verdict> {
  const { published, handled } = arena;
  const letters = await arena.deadLetters();
  const { outOfOrder, unknown } = checkHistory(published, handled);
  const done = new Set([...handled, ...letters]);
  return {
    lost: published.filter(({ id }) => !done.has(id)).length,
    outOfOrder: arena.site.keepsOrder ? outOfOrder.length : undefined,
    duplicates: handled.length + letters.length - done.size,
    unknown: unknown.length,
    handled: handled.length,
    deadLetters: letters.length,
  };
}

/** The number of events that may be handled twice after a member died: its window, and one settling in flight. */
export function windowOf(arena: Arena): number {
  return 2 * MAX_IN_FLIGHT * arena.site.windows;
}

/**
 * The time from the broker's return to the end of the longest pause in handling, in ms. `brokenAt` is when the broker
 * went away, `until` when the next fault began.
 */
export function recoveryOf(
  { lines }: Pick<Arena, 'lines'>,
  brokenAt: number,
  backAt: number,
  until = Infinity,
): number {
  let [last, longest, end] = [brokenAt, 0, backAt];
  for (const { what, at } of lines) {
    if (what !== 'ended' || at < brokenAt || at > until) continue;
    if (at - last > longest) [longest, end] = [at - last, at];
    last = at;
  }
  return Math.max(0, end - backAt);
}

/** A row of docs/guarantees.md. */
export interface Row {
  readonly promise: string;
  readonly fault: string;
  readonly backend: SiteName;
}

export interface Measured extends Pick<Verdict, 'lost' | 'outOfOrder' | 'duplicates'> {
  /** The number of duplicates that the promise allows. */
  readonly allowed: number;
  /** The time from the fault, or from its end, until events were handled again, in ms. */
  readonly recoveryMs?: number | undefined;
  /** Further information. */
  readonly note?: string | undefined;
}

/** The results of the runs, for `npm run guarantees`. */
const RESULTS = join(ROOT, '.guarantees', 'results.jsonl');

/** Stores the result of a run. */
export function keepRow(row: Row, measured: Measured): void {
  const { lost, outOfOrder = null, duplicates, allowed, recoveryMs = null, note = null } = measured;
  mkdirSync(dirname(RESULTS), { recursive: true });
  appendFileSync(RESULTS, `${JSON.stringify({ ...row, lost, outOfOrder, duplicates, allowed, recoveryMs, note })}\n`);
}
