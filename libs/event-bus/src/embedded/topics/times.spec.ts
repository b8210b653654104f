import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Database } from '../log/database.js';
import { openLog } from '../log/open.js';
import { noteSetBack, positionAt, timeAt, timeOfNext } from './times.js';
import { theTopic, topicFor } from './topics.js';

const NOW = Date.UTC(2026, 10, 1);
const HOUR = 3_600_000;
const AHEAD = NOW + 1_000 * HOUR;

describe('the time of the next record', () => {
  it.each([
    ['rises with the clock', NOW + 1, NOW, NOW + 1],
    ['stays while the clock is set back a little', NOW - 30_000, NOW, NOW],
    ['is right again after a clock that was ahead', NOW, AHEAD, NOW],
    ['does not follow a clock that begins at 1970', 5_000, NOW, NOW],
    ['follows it where there is no other', 5_000, 0, 5_000],
  ])('%s', (_, now, last, expected) => {
    expect(timeOfNext(now, last)).toBe(expected);
  });
});

describe('records are found by their time', () => {
  let folder: string;
  let database: Database;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'times-'));
    database = openLog(join(folder, 'log.db'));
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  /** Creates a topic with records of these times. */
  const topicOf = (...times: readonly number[]) =>
    database.write('process', () => {
      const { id } = topicFor(database, 't');
      for (const [position, time] of times.entries()) {
        database.run(`INSERT INTO record_${id} (position, timestamp) VALUES (?, ?)`, position, time);
        if (time < (times[position - 1] ?? 0)) noteSetBack(database, id, position);
      }
      database.run('UPDATE topic SET next_position = ? WHERE id = ?', times.length, id);
      return theTopic(database, 't');
    });

  it('whatever a clock that was ahead left among them', () => {
    const topic = topicOf(NOW - 4 * HOUR, AHEAD, AHEAD + 1, NOW - 3 * HOUR, NOW - 2 * HOUR, AHEAD, NOW - HOUR);
    const at = (time: number) => positionAt(database, topic, time, NOW);
    expect(at(0)).toBe(0);
    expect(at(NOW - 4 * HOUR)).toBe(0);
    // The records 1 and 2 may be older or newer than this time.
    expect(at(NOW - 3.5 * HOUR)).toBe(1);
    expect(at(NOW - 3 * HOUR)).toBe(1);
    expect(at(NOW - 2.5 * HOUR)).toBe(4);
    expect(at(NOW - 1.5 * HOUR)).toBe(5);
    expect(at(NOW - 0.5 * HOUR)).toBe(7);
    expect(at(NOW + HOUR)).toBe(7);
  });

  it('also where its records are the last, which may be of any time', () => {
    const topic = topicOf(NOW - 2 * HOUR, AHEAD, AHEAD);
    expect(positionAt(database, topic, NOW - 3 * HOUR, NOW)).toBe(0);
    expect(positionAt(database, topic, NOW - HOUR, NOW)).toBe(1);
    expect(positionAt(database, topic, NOW + HOUR, NOW)).toBe(3);
  });

  it('as ever once that time has come', () => {
    const topic = topicOf(NOW - HOUR, AHEAD, NOW);
    expect(positionAt(database, topic, AHEAD - 1, AHEAD)).toBe(1);
    expect(positionAt(database, topic, AHEAD + 1, AHEAD + 2)).toBe(3);
  });

  it('by a clock that begins at 1970 too', () => {
    const topic = topicOf(NOW - HOUR, NOW);
    expect(positionAt(database, topic, NOW - 1, 5_000)).toBe(1);
  });

  it('and a record from the future counts as old as the next that is not', () => {
    const topic = topicOf(AHEAD, AHEAD, NOW - HOUR, AHEAD);
    expect([0, 1, 2, 3].map((position) => timeAt(database, topic, position, NOW) - NOW)).toEqual([
      -HOUR,
      -HOUR,
      -HOUR,
      0,
    ]);
  });
});
