import { inOwnContext } from './async-context.js';
import { asError, delayMs } from './backoff.js';
import { asPromise } from './as-promise.js';
import { UnrecoverableError, UnusableRecordError } from './errors.js';
import type { Handler, HandlerFailure } from './delivery.js';
import type { Event } from './event.js';
import type { Observer } from './notice.js';
import type { OpenDelivery } from './open-delivery.js';
import type { Slots } from './slots.js';

/** A handler to be called with an event. */
export interface Call {
  readonly handler: Handler;
  readonly event: Event;
  readonly delivery: OpenDelivery;
  readonly slots: Slots;
  readonly observe: Observer;
}

/**
 * Calls one handler until it succeeds or its policy is exhausted; answers with the failure, or with none after a success.
 *
 * It holds a slot while the handler runs and none while it waits, so a failing event does not hold up other lanes. Rejects only when
 * the delivery is ended from outside, and for a failure after the consumer began to stop: no attempt is spent any more.
 */
export function attempt(call: Call): Promise<readonly HandlerFailure[]> {
  // An async function costs more than the rest of this, and hardly ever fails an event.
  return once(call, 1, (error) => (error === undefined ? NONE : again(call, error)));
}

const NONE: readonly HandlerFailure[] = [];

async function again(call: Call, first: Error): Promise<readonly HandlerFailure[]> {
  const { handler, delivery, observe } = call;
  const { attempts, delayMs: initialMs, maxDelayMs: maxMs } = handler.policy;
  let error = first;
  for (let n = 1; ; n += 1) {
    const failed = { kind: 'handler-failed', delivery, handler, attempt: n, error } as const;
    const released = delivery.releasedAfterFailure;
    if (released !== undefined) {
      // What the handler needs may be gone by now: neither this attempt nor another tells anything about the event.
      observe({ ...failed, retryInMs: undefined, isReleased: true });
      throw released;
    }
    const isLast = n >= attempts || isPermanent(error, call);
    const retryInMs = isLast ? undefined : delayMs({ initialMs, maxMs }, n);
    observe({ ...failed, retryInMs, isReleased: false });
    if (retryInMs === undefined) return [{ handler, error, attempts: n }];
    await delivery.wait(retryInMs);
    const next = await once(call, n + 1, (failure) => failure);
    if (next === undefined) return NONE;
    error = next;
  }
}

/** What follows an attempt, with what the handler failed with, if it did. */
type Then<Result> = (error: Error | undefined) => Result | Promise<Result>;

/** One attempt, in a slot, which is given back before what follows. Rejects when the handler must not be called any more. */
function once<Result>(call: Call, n: number, then: Then<Result>): Promise<Result> {
  const turn = call.slots.take();
  return turn === undefined ? inSlot(call, n, then) : turn.then(() => inSlot(call, n, then));
}

function inSlot<Result>(call: Call, n: number, then: Then<Result>): Promise<Result> {
  const { handler, event, delivery, slots } = call;
  try {
    delivery.begin();
  } catch (ended) {
    slots.give();
    return Promise.reject(asError(ended));
  }
  // What one handler or attempt enters with `enterWith` is none of the next one's business.
  return asPromise(() => inOwnContext(() => handler.handle(event, { delivery, attempt: n }))).then(
    () => {
      slots.give();
      return then(undefined);
    },
    (thrown: unknown) => {
      slots.give();
      return then(asError(thrown));
    },
  );
}

/** The handler says so, by one of our classes or its predicate, or its data class refused the data. */
function isPermanent(error: Error, { handler, observe }: Call): boolean {
  if (error instanceof UnrecoverableError || error instanceof UnusableRecordError) return true;
  const { retryIf } = handler.policy;
  if (retryIf === undefined) return false;
  try {
    return !retryIf(error);
  } catch (thrown) {
    const fields = [
      ['handler', handler.name],
      ['error', asError(thrown).message],
    ] as const;
    observe({ kind: 'backend-report', level: 'error', what: 'retryIf failed; the handler is called again', fields });
    return false;
  }
}
