import type { Header, Headers, OutgoingRecord, Publisher } from '../core/backend.js';
import { asError, type Backoff, delayMs } from '../core/backoff.js';
import {
  type Delivery,
  type FinalAction,
  HandlersFailedError,
  type Middleware,
  type Outcome,
} from '../core/consume/delivery.js';
import {
  AccessRefusedError,
  DeliveryLimitError,
  HaltError,
  RecordRefusedError,
  UnhandledEventError,
  UnusableRecordError,
} from '../core/errors.js';
import type { DeadLetterReason, Observer } from '../core/notices/notice.js';
import { deadLetterTopic } from '../core/topics/dead-letter-topic.js';

export interface DeadLetterOptions {
  readonly publisher: Publisher;
  readonly observe: Observer;
  /** The delays between attempts while the dead letter cannot be written. */
  readonly backoff: Backoff;
}

/** The headers that a dead letter has besides the record's own. Times are ISO 8601 in UTC, numbers are digits. */
export const DEAD_LETTER_HEADERS = {
  topic: 'dead_letter_topic',
  partition: 'dead_letter_partition',
  position: 'dead_letter_position',
  group: 'dead_letter_group',
  /** One of `unusable`, `unhandled` or `handler-failed`. */
  reason: 'dead_letter_reason',
  error: 'dead_letter_error',
  /** The names of the failed handlers, joined by commas. */
  handlers: 'dead_letter_handlers',
  attempts: 'dead_letter_attempts',
  time: 'dead_letter_time',
} as const;

/** Longer causes are cut, so that they do not make the dead letter of a large record too large. */
const MAX_ERROR_LENGTH = 1_000;

/**
 * Moves records to the dead letters: unusable records, records whose handlers failed for good (by their policies), and
 * records without a handler (by the setting).
 *
 * A dead letter has the record's key, value and headers, unchanged, and headers of its own. It is written before the
 * record is settled, and retried forever.
 */
export function deadLetter(options: DeadLetterOptions): Middleware {
  const { observe } = options;
  const onError = async (delivery: Delivery, error: Error): Promise<Outcome> => {
    const action = actionFor(error);
    if (action === undefined) throw error;
    if (action === 'halt') {
      observe({ kind: 'halted', delivery, error });
      throw new HaltError(
        `Stopped at topic ${delivery.record.topic}, position ${delivery.record.position} (policy halt): ${error.message}`,
        {
          cause: error,
        },
      );
    }
    if (error instanceof UnusableRecordError) observe({ kind: 'unusable', delivery, error });
    if (action === 'skip') observe({ kind: 'skipped', delivery, error });
    else await setAside(delivery, error, options);
    return 'failed';
  };
  return (delivery, next) => next().catch((thrown: unknown) => onError(delivery, asError(thrown)));
}

/** Returns the strictest policy of the failed handlers; `undefined` if the error does not concern this record. */
function actionFor(error: Error): FinalAction | undefined {
  if (error instanceof UnusableRecordError) return 'dead-letter';
  if (error instanceof UnhandledEventError) return error.action;
  if (!(error instanceof HandlersFailedError)) return undefined;
  const asked = new Set(error.failures.map(({ handler }) => handler.policy.then));
  return asked.has('halt') ? 'halt' : asked.has('dead-letter') ? 'dead-letter' : 'skip';
}

async function setAside(delivery: Delivery, error: Error, options: DeadLetterOptions): Promise<void> {
  const { publisher, observe, backoff } = options;
  const topic = deadLetterTopic(delivery.record.topic, delivery.group);
  const all = causeHeaders(delivery, error);
  // A record of the maximum size leaves no space for the cause. Without it, the record fits as before.
  const fallbacks = [all.filter(([name]) => ESSENTIAL.has(name)), []];
  let cause: Headers = all;
  let waitsSince: number | undefined;
  for (let n = 1; ; n += 1) {
    try {
      const [position] = await publisher.publish([letter(delivery, topic, cause)]);
      if (waitsSince !== undefined)
        observe({ kind: 'resumed', waitsFor: 'dead-letter', delivery, waitedMs: performance.now() - waitsSince });
      observe({ kind: 'dead-lettered', delivery, topic, position: position ?? '', reason: kindOf(error), error });
      return;
    } catch (thrown) {
      const less = mayBeTooLarge(thrown) ? fallbacks.shift() : undefined;
      if (less !== undefined) {
        cause = less;
        continue;
      }
      const retryInMs = delayMs(backoff, n);
      const doing = `write a dead letter to ${topic}`;
      waitsSince ??= performance.now();
      observe({ kind: 'waiting', doing, waitsFor: 'dead-letter', delivery, error: asError(thrown), retryInMs });
      await delivery.wait(retryInMs);
    }
  }
}

/** Missing rights concern the topic, not the size: a smaller dead letter would be refused too. */
function mayBeTooLarge(thrown: unknown): boolean {
  return thrown instanceof RecordRefusedError && !(thrown.cause instanceof AccessRefusedError);
}

/** The headers that remain if there is little space. */
const ESSENTIAL: ReadonlySet<string> = new Set<string>([
  DEAD_LETTER_HEADERS.topic,
  DEAD_LETTER_HEADERS.position,
  DEAD_LETTER_HEADERS.group,
]);

function letter({ record }: Delivery, topic: string, cause: Headers): OutgoingRecord {
  return { topic, key: record.key, value: record.value, headers: [...record.headers, ...cause] };
}

function kindOf(error: Error): DeadLetterReason {
  if (error instanceof HandlersFailedError) return 'handler';
  if (error instanceof UnhandledEventError) return 'unhandled';
  return error instanceof DeliveryLimitError ? 'delivery-limit' : 'unreadable';
}

function reasonOf(error: Error): string {
  if (error instanceof HandlersFailedError) return 'handler-failed';
  return error instanceof UnhandledEventError ? 'unhandled' : 'unusable';
}

function causeHeaders({ record, group }: Delivery, error: Error): Headers {
  const failures = error instanceof HandlersFailedError ? error.failures : [];
  const header = (name: keyof typeof DEAD_LETTER_HEADERS, text: string): Header => [
    DEAD_LETTER_HEADERS[name],
    Buffer.from(text),
  ];
  return [
    header('topic', record.topic),
    header('partition', String(record.partition)),
    header('position', record.position),
    header('group', group),
    header('reason', reasonOf(error)),
    header('error', error.message.slice(0, MAX_ERROR_LENGTH)),
    ...(failures.length === 0
      ? []
      : [
          header('handlers', failures.map(({ handler }) => handler.name).join(',')),
          header('attempts', String(Math.max(...failures.map(({ attempts }) => attempts)))),
        ]),
    header('time', new Date().toISOString()),
  ];
}
