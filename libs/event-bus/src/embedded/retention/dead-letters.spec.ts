import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Database } from '../log/database.js';
import { deadLetterSteps } from './dead-letters.js';
import { createGroup } from '../groups/groups.js';
import { openLog } from '../log/open.js';
import { pack } from '../records/packed.js';
import type { Report } from '../thread/protocol.js';
import { firstPosition } from '../topics/topic.js';
import { append, theTopic } from '../topics/topics.js';

const TOPIC = 't-g-dead-letters';
const RETENTION_MS = 1_000;

describe('old dead letters', () => {
  let folder: string;
  let database: Database;
  let reports: Report[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
    database = openLog(join(folder, 'log.db'));
    reports = [];
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  /** Publishes dead letters with these times. */
  const letters = (...times: readonly number[]) => {
    const packed = pack(times.map(() => [null, Buffer.alloc(1), null] as const));
    const positions = append(database, { topics: [TOPIC], topicOf: times.map(() => 0), packed });
    const { id } = theTopic(database, TOPIC);
    positions.forEach((position, n) =>
      database.run(`UPDATE record_${id} SET timestamp = ? WHERE position = ?`, times[n] ?? 0, position),
    );
  };
  /** The reports of a round at time `now`, in short form. */
  const at = (now: number): readonly string[] => {
    const age = { retentionMs: RETENTION_MS, groupExpiryMs: 1e9, now };
    const remove = function* (step: () => { readonly records: number }, onRemoved: (records: number) => void) {
      let removed = 0;
      for (let records = Infinity; records > 0; removed += records) ({ records } = step());
      if (removed > 0) onRemoved(removed);
      yield;
    };
    const steps = deadLetterSteps(() => database, age, { onReport: (report) => reports.push(report), remove });
    while (steps.next().done !== true);
    return reports
      .splice(0)
      .map(({ level, fields }) => `${level} ${fields.map((field) => field.join(' ')).join(', ')}`);
  };
  const first = () => firstPosition(database, theTopic(database, TOPIC));

  it('are counted in a warning, and removed when that was long enough ago', () => {
    letters(0, 90, 900);
    expect(at(700)).toEqual([]);
    expect(at(900)).toEqual([`warn topic ${TOPIC}, count 2, removed_in_s 0`]);
    expect(at(1_050)).toEqual([]);
    expect(first()).toBe(0);
    expect(at(1_100)).toEqual([`info topic ${TOPIC}, count 2`]);
    expect(first()).toBe(2);
    expect(at(1_701)).toEqual([`warn topic ${TOPIC}, count 1, removed_in_s 0`]);
  });

  it('are not removed without a warning, however old they are when somebody looks', () => {
    letters(0, 100);
    expect(at(1e9)).toEqual([`warn topic ${TOPIC}, count 2, removed_in_s 0`]);
    expect(first()).toBe(0);
    expect(at(1e9 + 200)).toEqual([`info topic ${TOPIC}, count 2`]);
  });

  it('that a warning did not count wait for the next', () => {
    letters(0);
    expect(at(850)).toEqual([`warn topic ${TOPIC}, count 1, removed_in_s 0`]);
    letters(50);
    expect(at(5_000)).toEqual([`info topic ${TOPIC}, count 1`, `warn topic ${TOPIC}, count 1, removed_in_s 0`]);
  });

  it('are warned of anew when a warning came from a clock that was ahead', () => {
    letters(0);
    expect(at(1e9)).toHaveLength(1);
    expect(at(900)).toEqual([`warn topic ${TOPIC}, count 1, removed_in_s 0`]);
    expect(at(1_050)).toEqual([]);
    expect(at(1_100)).toEqual([`info topic ${TOPIC}, count 1`]);
  });

  it('are kept, and not counted, while a group holds them', () => {
    letters(0, 10);
    createGroup(database, { topic: TOPIC, group: 'mender', start: 'earliest' });
    expect(at(2_000)).toEqual([]);
    expect(at(4_000)).toEqual([]);
    expect(first()).toBe(0);
  });
});
