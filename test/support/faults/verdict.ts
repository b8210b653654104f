import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkHistory } from 'nest-event-bus/testing';
import { ROOT } from '../process.js';
import { type Arena, MAX_IN_FLIGHT } from './arena.js';
import type { SiteName } from './site.js';

/** What one run of a fault did to what was promised. */
export interface Verdict {
  /** Published, and neither handled nor set aside. */
  readonly lost: number;
  /** Handled after a later event of their key; `undefined` where no order is promised. */
  readonly outOfOrder: number | undefined;
  /** Handled or set aside more than once. */
  readonly duplicates: number;
  /** Handled, and never published. */
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

/** What may be handled twice when a member dies: its window, and what one round trip of settling holds. */
export function windowOf(arena: Arena): number {
  return 2 * MAX_IN_FLIGHT * arena.site.windows;
}

/**
 * From when the broker answered again until the longest pause in the handling was over, in ms; `brokenAt` is when it went away, `until` when
 * the next fault began.
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
  /** How many duplicates the promise allows. */
  readonly allowed: number;
  /** From the fault, or its end, until events were handled again, in ms. */
  readonly recoveryMs?: number | undefined;
  /** What else belongs to it. */
  readonly note?: string | undefined;
}

/** Where runs leave their rows, for `npm run guarantees`. */
const RESULTS = join(ROOT, '.guarantees', 'results.jsonl');

/** Keeps what a run has shown. */
export function keepRow(row: Row, measured: Measured): void {
  const { lost, outOfOrder = null, duplicates, allowed, recoveryMs = null, note = null } = measured;
  mkdirSync(dirname(RESULTS), { recursive: true });
  appendFileSync(RESULTS, `${JSON.stringify({ ...row, lost, outOfOrder, duplicates, allowed, recoveryMs, note })}\n`);
}
