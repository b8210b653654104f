import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { type BackendHarness, describeBackend } from 'nest-event-bus/testing';

import { turnsRed, turnsRedOnEmbedded } from './turns-red.js';

const directory = mkdtempSync(join(tmpdir(), 'contract-broken-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The backend in memory that works like Kafka. */
const memory: Omit<BackendHarness, 'name'> = {
  module: new URL('../support/memory-backend.mjs', import.meta.url),
  config: { store: 'broken', partitions: 3 },
  partitions: 3,
  inFlightScope: 'partition',
  settles: 'prefix',
  limits: { promptMs: 800, handoverMs: 1_000, takeoverMs: 1_500, waitMs: 1_500 },
};

const embedded: Omit<BackendHarness, 'name'> = {
  module: new URL('./embedded.backend.mjs', import.meta.url),
  config: { path: join(directory, 'events.db') },
  inFlightScope: 'process',
  settles: 'entry',
  // A lease lasts 3 s.
  limits: { handoverMs: 1_500, takeoverMs: 8_000 },
};

describe('every case of the contract can fail', () => {
  it('each stands in a table of broken backends', () => {
    const titles = [memory, embedded].flatMap((good) => [...casesOf({ name: 'good', ...good }).keys()]);
    const inTables = [turnsRed, turnsRedOnEmbedded].flatMap((table) => Object.values(table).flat());
    expect([...new Set(inTables)].toSorted()).toEqual([...new Set(titles)].toSorted());
  });

  describe.each([
    ['partitioned', memory, turnsRed],
    ['embedded', embedded, turnsRedOnEmbedded],
  ])('%s', (_, good, table) => {
    for (const [breakage, titles] of Object.entries(table)) {
      for (const title of titles) {
        it.concurrent(`a backend that ${breakage} fails: ${title}`, { timeout: 120_000 }, async () => {
          const test = casesOf(broken(good, breakage)).get(title);
          const error: unknown = await test?.().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          // Any other error is a problem of the test, not a broken promise.
          expect(['AssertionError', 'DidNotStayError', 'WaitedInVainError', 'Breakage']).toContain(
            (error as Error | undefined)?.name,
          );
        });
      }
    }
  });
});

describe('skip', () => {
  it('refuses a title that the contract does not have', () => {
    const skip = [{ reason: 'a slip of the pen', tests: ['publish of nothing resolves with something'] }];
    expect(() => casesOf({ name: 'good', ...memory, skip })).toThrow(
      'backend good skips cases that the contract does not have: publish of nothing resolves with something',
    );
  });

  it('leaves the case out and shows the reason', () => {
    const title = 'an empty key comes back empty, not null';
    const skipped: string[] = [];
    const cases = casesOf({ name: 'good', ...memory, skip: [{ reason: 'it has no keys', tests: [title] }] }, skipped);
    expect(cases.has(title)).toBe(false);
    expect(skipped).toEqual([`${title} (it has no keys)`]);
  });
});

function broken(good: Omit<BackendHarness, 'name'>, breakage: string): BackendHarness {
  return {
    ...good,
    name: 'broken',
    module: new URL('../support/broken/backend.mjs', import.meta.url),
    config: { breakage, module: good.module.toString(), config: good.config },
  };
}

/** The cases that the contract registers, as functions. */
function casesOf(harness: BackendHarness, skipped: string[] = []): ReadonlyMap<string, () => Promise<void>> {
  const cases = new Map<string, () => Promise<void>>();
  const it = Object.assign((title: string, run: () => Promise<void>) => cases.set(title, run), {
    skip: (title: string) => skipped.push(title),
  });
  describeBackend(harness, { describe: (_, body) => body(), it, beforeAll: () => undefined });
  return cases;
}
