import { isDeadLetterTopic } from '../../core/topics/dead-letter-topic.js';
import type { Database } from '../log/database.js';
import type { Report } from '../thread/protocol.js';
import { deadLettersAging, deadLettersRemoved } from './reports.js';
import { positionAt } from '../topics/times.js';
import { firstPosition } from '../topics/topic.js';
import { allTopics, topicById } from '../topics/topics.js';
import { heldFrom, type Step, trimByAge } from './trimming.js';

/** The retention of dead letters and the current time, in ms. */
export interface DeadLetterAge {
  readonly retentionMs: number;
  readonly groupExpiryMs: number;
  /** In ms since 1970. */
  readonly now: number;
}

/** The share of the retention between the warning and the removal. */
const NOTICE = 0.2;

export interface DeadLetterRound {
  readonly onReport: (report: Report) => void;
  /** Repeats `step` until it removes nothing. Calls `onRemoved` with the number of removed records, if any. */
  readonly remove: (step: () => Step, onRemoved: (records: number) => void) => Generator<void>;
}

/**
 * Removes dead letters that are too old. In each topic, a warning that counts them comes first. Every step up to a
 * `yield` is one transaction.
 */
export function* deadLetterSteps(
  database: () => Database,
  age: DeadLetterAge,
  { onReport, remove }: DeadLetterRound,
): Generator<void> {
  const before = age.now - age.retentionMs;
  const topics = database().read(() => allTopics(database()).filter(({ name }) => isDeadLetterTopic(name)));
  for (const { id, name } of topics) {
    const until = dueUntil(database(), id, age);
    if (until !== undefined) {
      const step = (): Step => trimByAge(database(), id, { before, until, groupExpiryMs: age.groupExpiryMs });
      yield* remove(step, (records) => onReport(deadLettersRemoved(name, records)));
      removalIsDone(database(), id);
    }
    const count = announceRemoval(database(), id, age);
    if (count > 0) onReport(deadLettersAging(name, count, noticeMs(age.retentionMs)));
    yield;
  }
}

function noticeMs(retentionMs: number): number {
  return retentionMs * NOTICE;
}

/**
 * The position before which dead letters are due to be removed, because the warning was early enough. `undefined` if
 * none are due.
 */
function dueUntil(database: Database, topic: number, { retentionMs, now }: DeadLetterAge): number | undefined {
  const sql = 'SELECT until, told_at FROM dead_letter_notice WHERE topic = ?';
  const [row] = database.read(() => database.all(sql, topic));
  const [until = 0, toldAt = 0] = (row ?? []) as number[];
  return row !== undefined && now >= toldAt + noticeMs(retentionMs) ? until : undefined;
}

/** Call this when the due dead letters are removed. It allows the next warning. */
function removalIsDone(database: Database, topic: number): void {
  database.write('process', () => database.run('DELETE FROM dead_letter_notice WHERE topic = ?', topic));
}

/**
 * Records which dead letters are to be removed: those too old by then. Returns their number.
 *
 * Returns 0 while other dead letters are due. All letters of a warning are removed together, so the warning counts
 * exactly what is removed.
 */
function announceRemoval(database: Database, id: number, { retentionMs, groupExpiryMs, now }: DeadLetterAge): number {
  return database.write('process', () => {
    const toldAt = database.number('SELECT told_at FROM dead_letter_notice WHERE topic = ?', id);
    // A notice with a later time came from a wrong clock.
    if (toldAt !== undefined && toldAt <= now) return 0;
    const topic = topicById(database, id);
    const agingBefore = positionAt(database, topic, now - retentionMs + noticeMs(retentionMs));
    const until = Math.min(agingBefore, heldFrom(database, topic, groupExpiryMs));
    const count = until - firstPosition(database, topic);
    if (count <= 0) return 0;
    database.run('INSERT OR REPLACE INTO dead_letter_notice VALUES (?, ?, ?)', id, until, now);
    return count;
  });
}
