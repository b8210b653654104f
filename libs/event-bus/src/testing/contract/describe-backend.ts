import type { Cases } from './case.js';
import { closing } from './cases/closing.js';
import { crashes } from './cases/crashes.js';
import { groups } from './cases/groups.js';
import { lag } from './cases/lag.js';
import { leaving } from './cases/leaving.js';
import { listing } from './cases/listing.js';
import { losing } from './cases/losing.js';
import { moving } from './cases/moving.js';
import { movingOnce } from './cases/moving-once.js';
import { publishing } from './cases/publishing.js';
import { reading } from './cases/reading.js';
import { records } from './cases/records.js';
import { settling, settlingEntries, settlingPrefixes } from './cases/settling.js';
import { starting } from './cases/starting.js';
import { stopping } from './cases/stopping.js';
import { unknown } from './cases/unknown.js';
import { vanishing } from './cases/vanishing.js';
import { windowCases, windowOfPartition } from './cases/window.js';
import { openBackend, type BackendHarness } from './harness.js';
import { runOnBench } from './run-on-bench.js';

/** The functions of a test framework that the contract uses. The globals of vitest and Jest match. */
export interface TestFramework {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: {
    (title: string, body: () => Promise<void>, timeoutMs: number): unknown;
    readonly skip: (title: string, body: () => Promise<void>) => unknown;
  };
  readonly beforeAll: (body: () => Promise<void>) => unknown;
}

/** Above the time limits of the cases themselves, because their messages are more precise. */
const CASE_MS = 180_000;

/**
 * Registers the contract for backends: one test per promise. Throws if `skip` names a case that does not exist.
 *
 * The first step of the run opens a backend and pings it, so all tests fail at once if the broker is missing.
 */
export function describeBackend(harness: BackendHarness, { describe, it, beforeAll }: TestFramework): void {
  const themes = themesFor(harness);
  const reasons = reasonsByTitle(harness, themes);
  describe(`backend ${harness.name}`, () => {
    beforeAll(async () => {
      const backend = await openBackend(harness);
      await backend.ping();
      await backend.close();
    });
    for (const [theme, cases] of Object.entries(themes)) {
      describe(theme, () => {
        for (const [title, test] of Object.entries(cases)) {
          const run = (): Promise<void> => runOnBench(harness, title, test);
          const reason = reasons.get(title);
          if (reason === undefined) it(title, run, CASE_MS);
          else it.skip(`${title} (${reason})`, run);
        }
      });
    }
  });
}

function themesFor({ settles, inFlightScope, partitions = 1 }: BackendHarness): Readonly<Record<string, Cases>> {
  return {
    records,
    publishing,
    reading,
    groups,
    starting,
    settling: { ...settling, ...(settles === 'entry' ? settlingEntries : settlingPrefixes) },
    window: { ...windowCases, ...(inFlightScope === 'partition' && partitions > 1 ? windowOfPartition : {}) },
    stopping,
    leaving,
    losing,
    lag,
    listing,
    moving,
    'moving once': movingOnce,
    'unknown topics and groups': unknown,
    crashes,
    vanishing,
    closing,
  };
}

function reasonsByTitle(
  { name, skip = [] }: BackendHarness,
  themes: Readonly<Record<string, Cases>>,
): Map<string, string> {
  const titles = new Set(Object.values(themes).flatMap((cases) => Object.keys(cases)));
  const reasons = new Map(skip.flatMap(({ reason, tests }) => tests.map((title) => [title, reason])));
  const strangers = [...reasons.keys()].filter((title) => !titles.has(title));
  if (strangers.length > 0) {
    throw new Error(`backend ${name} skips cases that the contract does not have: ${strangers.join('; ')}`);
  }
  return reasons;
}
