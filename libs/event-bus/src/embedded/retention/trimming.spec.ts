import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { monotonicMs } from '../thread/clock.js';
import type { Database } from '../log/database.js';
import { createGroup } from '../groups/groups.js';
import { enter, renew } from '../groups/members.js';
import { openLog } from '../log/open.js';
import { pack } from '../records/packed.js';
import { positionAt } from '../topics/times.js';
import { firstPosition } from '../topics/topic.js';
import { append, theTopic } from '../topics/topics.js';
import { isClose, lookAtGroups, STEP_RECORDS, trimByAge, trimOldest } from './trimming.js';

const EXPIRY_MS = 10_000;

describe('trimming', () => {
  let folder: string;
  let database: Database;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trimming-'));
    database = openLog(join(folder, 'log.db'));
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  /** Fills a topic with `count` records. The first has the time 1,000 ms, each further one 10 ms more. */
  const fill = (topic: string, count: number, value = Buffer.alloc(1)) => {
    const packed = pack(Array.from({ length: count }, () => [null, value, null] as const));
    append(database, { topics: [topic], topicOf: Array.from({ length: count }, () => 0), packed });
    const { id } = theTopic(database, topic);
    database.run(`UPDATE record_${id} SET timestamp = 1000 + 10 * position`);
    return id;
  };
  const byAge = (topic: number, before: number) => trimByAge(database, topic, { before, groupExpiryMs: EXPIRY_MS });
  const first = (topic: string) => firstPosition(database, theTopic(database, topic));

  it('by age removes what was made before the time, and nothing made at it', () => {
    const topic = fill('t', 10);
    expect(byAge(topic, 1_050)).toEqual({ records: 5, unsettled: [] });
    expect(first('t')).toBe(5);
    expect(byAge(topic, 1_050).records).toBe(0);
  });

  it('leaves times to be looked up in what is still there', () => {
    const topic = fill('t', 10);
    byAge(topic, 1_050);
    const at = (time: number) => positionAt(database, theTopic(database, 't'), time);
    expect([0, -5, 1_020, 1_050, 1_051, 1_090, 1_091].map(at)).toEqual([5, 5, 5, 5, 6, 9, 10]);
    byAge(topic, 9_999);
    expect([0, 1_020, 9_999].map(at)).toEqual([10, 10, 10]);
  });

  it('removes only so many records and so many bytes in one transaction', () => {
    const many = fill('many', STEP_RECORDS + 1);
    expect(byAge(many, 1e9).records).toBe(STEP_RECORDS);
    const large = fill('large', 30, Buffer.alloc(512 * 1024));
    expect(byAge(large, 1e9).records).toBe(8);
  });

  it('takes the oldest of all topics first', () => {
    const old = fill('old', 3);
    fill('young', 3);
    database.run(`UPDATE record_${old} SET timestamp = timestamp - 500`);
    expect(trimOldest(database, EXPIRY_MS).records).toBe(3);
    expect([first('old'), first('young')]).toEqual([3, 0]);
    createGroup(database, { topic: 'young', group: 'g', start: 'earliest' });
    expect(trimOldest(database, EXPIRY_MS).records).toBe(0);
  });

  it('counts only the time in which somebody used the log as time without members', () => {
    fill('t', 1);
    createGroup(database, { topic: 't', group: 'g', start: 'earliest' });
    const look = (now: number, monotonicNow = 0) =>
      lookAtGroups(database, { everyMs: 1_000, groupExpiryMs: EXPIRY_MS, now, monotonicNow })?.map(
        ({ idleMs }) => idleMs,
      );
    expect(look(5_000)).toEqual([0]);
    expect(look(6_200)).toEqual([1_200]);
    expect(look(6_500)).toBeUndefined();
    // First a week in which nobody used the log, then a clock that was set back.
    expect(look(6_200 + 604_800_000)).toEqual([3_200]);
    expect(look(10)).toEqual([3_200]);
    const group = database.number('SELECT id FROM consumer_group') ?? 0;
    database.write('process', () => enter(database, group, 'm', 100, 50));
    expect(look(2_000, 100)).toEqual([0]);
    expect(look(4_000, 151)).toEqual([2_000]);
  });

  it('leaves a group alone whose member is back, although it had expired by the last look', () => {
    const topic = fill('t', 3);
    createGroup(database, { topic: 't', group: 'g', start: 'earliest' });
    const group = database.number('SELECT id FROM consumer_group') ?? 0;
    const member = database.write('process', () => enter(database, group, 'm', 100_000, monotonicMs() - 200_000));
    database.run('UPDATE consumer_group SET idle_ms = ?', EXPIRY_MS + 1);
    renew(database, member, monotonicMs());
    expect(byAge(topic, 1e9).records).toBe(0);
    database.run('DELETE FROM group_member');
    expect(byAge(topic, 1e9)).toMatchObject({ records: 3, unsettled: [{ count: 3 }] });
  });

  it('lets no group expire that was not close to it before', () => {
    createGroup(database, { topic: 't', group: 'g', start: 'earliest' });
    const look = (now: number) =>
      lookAtGroups(database, { everyMs: 1_000, groupExpiryMs: 500, now, monotonicNow: 0 })?.map((group) => [
        group.idleMs,
        isClose(group, 500),
      ]);
    expect([look(1_000), look(2_000), look(3_000)]).toEqual([[[0, false]], [[500, true]], [[1_500, false]]]);
  });
});
