import { isDeadLetterTopic } from '../core/dead-letter-topic.js';
import type { Database } from './database.js';
import type { Report } from './protocol.js';
import { deadLettersAging, deadLettersRemoved } from './reports.js';
import { positionAt } from './times.js';
import { firstPosition } from './topic.js';
import { allTopics, topicById } from './topics.js';
import { heldFrom, type Step, trimByAge } from './trimming.js';

/** How long dead letters are kept, and as of when, in ms. */
export interface DeadLetterAge {
  readonly retentionMs: number;
  readonly groupExpiryMs: number;
  /** Since 1970. */
  readonly now: number;
}

/** How much of the retention lies between the warning and the removal. */
const NOTICE = 0.2;

export interface DeadLetterRound {
  readonly onReport: (report: Report) => void;
  /** Takes steps until one removes nothing, and then tells how many records they removed, if any. */
  readonly remove: (step: () => Step, onRemoved: (records: number) => void) => Generator<void>;
}

/**
 * Removes the dead letters that got too old, each topic's after a warning that counted them; a transaction between one `yield` and the next.
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

/** The position before which dead letters are due to be removed: a warning came in time. `undefined` when none are. */
function dueUntil(database: Database, topic: number, { retentionMs, now }: DeadLetterAge): number | undefined {
  const sql = 'SELECT until, told_at FROM dead_letter_notice WHERE topic = ?';
  const [row] = database.read(() => database.all(sql, topic));
  const [until = 0, toldAt = 0] = (row ?? []) as number[];
  return row !== undefined && now >= toldAt + noticeMs(retentionMs) ? until : undefined;
}

/** To be called when what was due is removed: from then on there may be another warning. */
function removalIsDone(database: Database, topic: number): void {
  database.write('process', () => database.run('DELETE FROM dead_letter_notice WHERE topic = ?', topic));
}

/**
 * Notes that those dead letters which will be too old by the time of their removal are to be removed, and answers with how many they are.
 *
 * That is none as long as others are due: what is announced at once is removed at once, so that a warning counts exactly what goes.
 */
function announceRemoval(database: Database, id: number, { retentionMs, groupExpiryMs, now }: DeadLetterAge): number {
  return database.write('process', () => {
    const toldAt = database.number('SELECT told_at FROM dead_letter_notice WHERE topic = ?', id);
    // A notice from the future is one of a clock that was wrong.
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
