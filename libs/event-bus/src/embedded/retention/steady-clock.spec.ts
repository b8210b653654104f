import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { Database } from '../log/database.js';
import { openLog } from '../log/open.js';
import { steadyForMs } from './steady-clock.js';

const DAY = 86_400_000;
const BOOT = Date.UTC(2026, 10, 1);

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steady-clock-'));
  database = openLog(join(folder, 'log.db'));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const look = (uptimeMs: number, aheadMs = 0, bootedAt = BOOT) =>
  steadyForMs(database, { now: bootedAt + uptimeMs + aheadMs, uptimeMs });

it('a clock is steady for as long as it has been seen to go along with the machine', () => {
  expect([look(1_000), look(1_500), look(DAY)]).toEqual([0, 500, DAY - 1_000]);
});

it('a clock that was set is new, and so is one that is ahead in one process alone, which the others do not notice', () => {
  look(0);
  expect(look(DAY, 9 * DAY)).toBe(0);
  expect(look(DAY + 1)).toBe(DAY + 1);
  expect(look(DAY + 5, 9 * DAY)).toBe(5);
});

it('a clock that is adjusted little by little stays the same', () => {
  look(0);
  for (let day = 1; day <= 100; day += 1) expect(look(day * DAY, day * 20_000)).toBe(day * DAY);
});

it('the clock is new after a start of the machine', () => {
  look(DAY);
  expect(look(2 * DAY, 0, BOOT + 5 * DAY)).toBe(0);
  expect(look(1_000, 0, BOOT + 1_000)).toBe(0);
});

it('of clocks that change all the time, the last are remembered', () => {
  for (let n = 0; n < 50; n += 1) look(1_000, n * DAY);
  expect(database.number('SELECT count(*) FROM clock')).toBe(20);
  expect(look(3_000, 49 * DAY)).toBe(2_000);
});
