import type { Connection } from '../client/connection.js';
import { type EntryId, FIRST_ID, idAt, idBefore } from '../records/entry-id.js';
import { countBetween } from '../admin/counting.js';
import { noticeKey } from '../keys.js';
import type { Reporter } from '../reporter.js';
import { DESPITE_FULL } from '../client/scripts.js';
import { trim, type Trim } from './trim.js';

export interface DeadLetterAge extends Omit<Trim, 'below' | 'isExact'> {
  readonly retentionMs: number;
  /** The server's time, in ms since 1970. */
  readonly now: number;
  readonly reporter: Reporter;
}

/** The share of the retention between the warning and the removal. */
const NOTICE = 0.2;

/** Warns about dead letters that get too old, and later removes exactly those that the warning counted. */
export async function trimDeadLetters(connection: Connection, age: DeadLetterAge): Promise<void> {
  const { topic, retentionMs, now, reporter, mayGoOn } = age;
  const noticeMs = retentionMs * NOTICE;
  const [until, at] = (await connection.send('HMGET', noticeKey(topic), 'until', 'at')) as readonly (EntryId | null)[];
  if (until && at) {
    if (now < Number(at) + noticeMs) return;
    const removed = await trim(connection, { ...age, below: until, isExact: true });
    if (removed > 0)
      reporter.say({ level: 'info', what: 'Old dead letters were removed', fields: fieldsOf(topic, removed) });
    if (!mayGoOn()) return;
    await connection.send('DEL', noticeKey(topic));
  }
  const aging = idAt(now - retentionMs + noticeMs);
  const count = await countBetween(connection, topic, FIRST_ID, idBefore(aging));
  if (count === 0) return;
  // If several processes look at the same time, only one warns.
  if ((await connection.run(ANNOUNCE, [noticeKey(topic)], aging, String(now))) !== 1) return;
  reporter.say({
    level: 'warn',
    what: 'Old dead letters will be removed soon: publish those that you still need again, or set a longer EVENT_BUS_DEAD_LETTER_RETENTION',
    fields: [...fieldsOf(topic, count), ['removed_in_s', Math.round(noticeMs / 1000)]],
  });
}

function fieldsOf(topic: string, count: number): readonly (readonly [string, unknown])[] {
  return [
    ['topic', topic],
    ['count', count],
  ];
}

/**
 * Stores which dead letters will be removed, unless that is stored already. Answers with 1 if it stored it. Keys: the
 * notice. Parameters: the id, the time.
 */
const ANNOUNCE = `${DESPITE_FULL}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'until', ARGV[1], 'at', ARGV[2])
return 1
`;
