import type { Header, Headers, OutgoingRecord, Publisher } from '../core/backend.js';
import { asError, type Backoff, delayMs } from '../core/backoff.js';
import {
  type Delivery,
  type FinalAction,
  HandlersFailedError,
  type Middleware,
  type Outcome,
} from '../core/delivery.js';
import {
  AccessRefusedError,
  HaltError,
  RecordRefusedError,
  UnhandledEventError,
  UnusableRecordError,
} from '../core/errors.js';
import type { Observer } from '../core/notice.js';
import { deadLetterTopic } from '../core/dead-letter-topic.js';

export interface DeadLetterOptions {
  readonly publisher: Publisher;
  readonly observe: Observer;
  /** Between tries while the dead letter cannot be written. */
  readonly backoff: Backoff;
}

/** The headers that a dead letter has besides the record's own; times as ISO 8601 in UTC, numbers as digits. */
export const DEAD_LETTER_HEADERS = {
  topic: 'dead_letter_topic',
  partition: 'dead_letter_partition',
  position: 'dead_letter_position',
  group: 'dead_letter_group',
  /** `unusable`, `unhandled` or `handler-failed`. */
  reason: 'dead_letter_reason',
  error: 'dead_letter_error',
  /** The names of the handlers that failed, joined by commas. */
  handlers: 'dead_letter_handlers',
  attempts: 'dead_letter_attempts',
  time: 'dead_letter_time',
} as const;

/** Longer causes are cut, so that the dead letter of a record that just fits is not refused for them. */
const MAX_ERROR_LENGTH = 1_000;

/**
 * Sets aside what cannot be handled: unusable records, those whose handlers failed for good, as their policies say, and those that
 * nobody handles where that is not to pass.
 *
 * A dead letter has the record's key, value and headers byte for byte, then headers of its own; it is written before the record is
 * settled, and tried for ever.
 */
export function deadLetter(options: DeadLetterOptions): Middleware {
  const { observe } = options;
  const onError = async (delivery: Delivery, error: Error): Promise<Outcome> => {
    const action = actionFor(error);
    if (action === undefined) throw error;
    if (action === 'halt') {
      observe({ kind: 'halted', delivery, error });
      throw new HaltError(`Halted at ${delivery.record.topic} ${delivery.record.position}: ${error.message}`, {
        cause: error,
      });
    }
    if (error instanceof UnusableRecordError) observe({ kind: 'unusable', delivery, error });
    if (action === 'skip') observe({ kind: 'skipped', delivery, error });
    else await setAside(delivery, error, options);
    return 'failed';
  };
  return (delivery, next) => next().catch((thrown: unknown) => onError(delivery, asError(thrown)));
}

/** The strictest of what the failed handlers ask for; `undefined` when the error is not about this record. */
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
  // A record as large as the broker allows leaves no room for its cause; without it, it fits where it has fitted before.
  const fallbacks = [all.filter(([name]) => ESSENTIAL.has(name)), []];
  let cause: Headers = all;
  for (let n = 1; ; n += 1) {
    try {
      const [position] = await publisher.publish([letter(delivery, topic, cause)]);
      observe({ kind: 'dead-lettered', delivery, topic, position: position ?? '', error });
      return;
    } catch (thrown) {
      const less = mayBeTooLarge(thrown) ? fallbacks.shift() : undefined;
      if (less !== undefined) {
        cause = less;
        continue;
      }
      const retryInMs = delayMs(backoff, n);
      const doing = `writing a dead letter to ${topic}`;
      observe({ kind: 'waiting', doing, delivery, error: asError(thrown), retryInMs });
      await delivery.wait(retryInMs);
    }
  }
}

/** A refusal for want of rights is about the topic: it ends when they are granted, and no shorter letter is taken before. */
function mayBeTooLarge(thrown: unknown): boolean {
  return thrown instanceof RecordRefusedError && !(thrown.cause instanceof AccessRefusedError);
}

/** What remains of the cause when there is room for little. */
const ESSENTIAL: ReadonlySet<string> = new Set<string>([
  DEAD_LETTER_HEADERS.topic,
  DEAD_LETTER_HEADERS.position,
  DEAD_LETTER_HEADERS.group,
]);

function letter({ record }: Delivery, topic: string, cause: Headers): OutgoingRecord {
  return { topic, key: record.key, value: record.value, headers: [...record.headers, ...cause] };
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
