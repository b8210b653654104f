import { attempt } from './attempts.js';
import { asError, type Backoff, delayMs } from '../backoff.js';
import type { RecordCodec } from '../event/codec.js';
import {
  type Handler,
  type HandlerFailure,
  HandlersFailedError,
  type Outcome,
  type UnhandledAction,
} from './delivery.js';
import { UnavailableError, UnhandledEventError, UnusableRecordError } from '../errors.js';
import type { Event } from '../event/event.js';
import type { Observer } from '../notices/notice.js';
import type { OpenDelivery } from './open-delivery.js';
import type { Slots } from './slots.js';

/** What a delivery needs to reach its handlers. */
export interface Dispatch {
  readonly codec: RecordCodec;
  /** The handlers of an event type in this process. */
  readonly handlersOf: (type: string) => readonly Handler[];
  /** What happens to a record whose type has no handlers; by default it is settled. */
  readonly onUnhandled?: ((type: string) => UnhandledAction) | undefined;
  readonly observe: Observer;
  /** Whether anybody wants a notice of each handler call. By default nobody does; it costs time for every event. */
  readonly isTimed?: (() => boolean) | undefined;
  /** The delays between retries while a registry is away. */
  readonly backoff: Backoff;
}

/**
 * Reads the record and calls all its handlers, each with its own retries.
 *
 * Rejects with:
 * - `UnusableRecordError` if the record cannot be read
 * - `HandlersFailedError` if a handler failed for good
 * - `UnhandledEventError` if there is no handler and `onUnhandled` does not settle such records
 * - the reason that ended the delivery
 *
 * A record that was lost meanwhile is neither handled nor failed: its next member decides.
 */
export function dispatch(delivery: OpenDelivery, slots: Slots, context: Dispatch): Promise<Outcome> {
  return results(delivery, slots, context).then(
    (result) => {
      delivery.throwIfLost();
      if (typeof result === 'string') return result;
      if (result.length > 0) throw new HandlersFailedError(result);
      return 'handled';
    },
    (thrown: unknown) => {
      delivery.throwIfLost();
      throw asError(thrown);
    },
  );
}

/** The handlers that failed for good, or the kind of record if no handler was called. */
type Result = readonly HandlerFailure[] | 'tombstone' | 'unhandled';

function results(delivery: OpenDelivery, slots: Slots, context: Dispatch): Promise<Result> {
  // No async functions unless there is something to wait for: every record passes here.
  try {
    const { record } = delivery;
    if (record.value === null) return TOMBSTONE;
    delivery.type = typeOf(delivery, context.codec);
    const handlers = context.handlersOf(delivery.type);
    if (handlers.length === 0) return unhandled(delivery.type, context);
    const decoded = decodeNow(delivery, context);
    return decoded instanceof Promise
      ? decode(decoded, delivery, context).then((event) => handle(event, handlers, delivery, { slots, context }))
      : handle(decoded, handlers, delivery, { slots, context });
  } catch (thrown) {
    return Promise.reject(asError(thrown));
  }
}

function unhandled(type: string, { onUnhandled }: Dispatch): Promise<Result> {
  const action = onUnhandled?.(type) ?? 'settle';
  if (action === 'settle') return UNHANDLED;
  throw new UnhandledEventError(type, action);
}

const TOMBSTONE = Promise.resolve<Result>('tombstone');
const UNHANDLED = Promise.resolve<Result>('unhandled');

function handle(
  event: Event,
  handlers: readonly Handler[],
  delivery: OpenDelivery,
  { slots, context }: { readonly slots: Slots; readonly context: Dispatch },
): Promise<readonly HandlerFailure[]> {
  delivery.event = event;
  validate(event);
  const { observe, isTimed } = context;
  observe({ kind: 'received', delivery });
  const timed = isTimed?.() ?? false;
  const begin = (handler: Handler) => attempt({ handler, event, delivery, slots, observe, isTimed: timed });
  const only = handlers.length === 1 ? handlers[0] : undefined;
  return only === undefined ? settled(handlers.map(begin)).then((failures) => failures.flat()) : begin(only);
}

/** Returns the event, or a promise if decoding must wait, which is rare. */
function decodeNow({ record }: OpenDelivery, { codec }: Dispatch): Event | Promise<Event> {
  try {
    return codec.decode(record);
  } catch (thrown) {
    if (thrown instanceof UnavailableError) return Promise.reject(thrown);
    throw unusable(thrown);
  }
}

/** Retries while a registry is away, so that no record is lost or skipped. */
async function decode(
  first: Promise<Event>,
  delivery: OpenDelivery,
  { codec, observe, backoff }: Dispatch,
): Promise<Event> {
  let waitsSince: number | undefined;
  const answered = () => {
    if (waitsSince === undefined) return;
    observe({ kind: 'resumed', waitsFor: 'registry', delivery, waitedMs: performance.now() - waitsSince });
  };
  for (let n = 1; ; n += 1) {
    try {
      const event = await (n === 1 ? first : codec.decode(delivery.record));
      answered();
      return event;
    } catch (thrown) {
      if (!(thrown instanceof UnavailableError)) {
        answered();
        throw unusable(thrown);
      }
      const retryInMs = delayMs(backoff, n);
      waitsSince ??= performance.now();
      observe({ kind: 'waiting', doing: 'read the record', waitsFor: 'registry', delivery, error: thrown, retryInMs });
      await delivery.wait(retryInMs);
    }
  }
}

function validate({ definition, data }: Event): void {
  let problems: readonly string[];
  try {
    problems = definition.validate?.(data) ?? [];
  } catch (thrown) {
    throw unusable(thrown);
  }
  if (problems.length > 0) throw new UnusableRecordError(`${definition.type}: ${problems.join('; ')}.`);
}

function typeOf(delivery: OpenDelivery, codec: RecordCodec): string {
  try {
    return codec.typeOf(delivery.record);
  } catch (thrown) {
    throw unusable(thrown);
  }
}

/**
 * Blames the record for any error of a codec. A record that crashes the codec then fails alone, and does not stop the
 * topic.
 */
function unusable(thrown: unknown): UnusableRecordError {
  if (thrown instanceof UnusableRecordError) return thrown;
  const cause = asError(thrown);
  return new UnusableRecordError(`The record cannot be read: ${cause.message}`, { cause });
}

/** Waits for every call, even if one rejects: no handler may still run when its record is given back. */
async function settled<Result>(calls: readonly Promise<Result>[]): Promise<readonly Result[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => {
    if (result.status === 'rejected') throw asError(result.reason);
    return result.value;
  });
}
