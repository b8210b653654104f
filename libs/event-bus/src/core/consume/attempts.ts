import { inOwnContext } from './async-context.js';
import { asError, delayMs } from '../backoff.js';
import { asPromise } from '../as-promise.js';
import { UnrecoverableError, UnusableRecordError } from '../errors.js';
import type { Handler, HandlerFailure } from './delivery.js';
import type { Event } from '../event/event.js';
import type { Observer } from '../notices/notice.js';
import type { OpenDelivery } from './open-delivery.js';
import type { Slots } from './slots.js';

/** One handler, and the event to call it with. */
export interface Call {
  readonly handler: Handler;
  readonly event: Event;
  readonly delivery: OpenDelivery;
  readonly slots: Slots;
  readonly observe: Observer;
  /** Whether each call is timed, and reported also if it succeeds. */
  readonly isTimed: boolean;
}

/**
 * Calls one handler until it succeeds or its policy allows no more attempts. Resolves with the failure, or with an
 * empty list after a success.
 *
 * The call holds a slot only while the handler runs, not between attempts: a failing event does not block other lanes.
 * Rejects only if the delivery ends from outside, or if the handler fails after the consumer began to stop. Such a
 * failure uses up no attempt.
 */
export function attempt(call: Call): Promise<readonly HandlerFailure[]> {
  // Not an async function: it would cost more than everything else here, and events rarely fail.
  return once(call, 1, (failed) => (failed === undefined ? NONE : again(call, failed)));
}

const NONE: readonly HandlerFailure[] = [];

async function again(call: Call, first: Failed): Promise<readonly HandlerFailure[]> {
  const { handler, delivery, observe } = call;
  const { attempts, delayMs: initialMs, maxDelayMs: maxMs } = handler.policy;
  let { error, durationMs } = first;
  for (let n = 1; ; n += 1) {
    const failed = { kind: 'handler-failed', delivery, handler, attempt: n, error, durationMs } as const;
    const released = delivery.releasedAfterFailure;
    if (released !== undefined) {
      // During a stop, the services that the handler needs may already be closed. Its failure says nothing about the
      // event.
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
    ({ error, durationMs } = next);
  }
}

/** The failure of one attempt. */
interface Failed {
  readonly error: Error;
  readonly durationMs: number | undefined;
}

/** Continues after an attempt: `failed` is `undefined` after a success. */
type Then<Result> = (failed: Failed | undefined) => Result | Promise<Result>;

/**
 * Makes one attempt in a slot, and frees the slot before `then` runs. Rejects if the handler must not be called any
 * more.
 */
function once<Result>(call: Call, n: number, then: Then<Result>): Promise<Result> {
  const turn = call.slots.take();
  return turn === undefined ? inSlot(call, n, then) : turn.then(() => inSlot(call, n, then));
}

function inSlot<Result>(call: Call, n: number, then: Then<Result>): Promise<Result> {
  const { handler, event, delivery, slots, isTimed } = call;
  try {
    delivery.begin();
  } catch (ended) {
    slots.give();
    return Promise.reject(asError(ended));
  }
  const startedAt = isTimed ? performance.now() : 0;
  // Values of `enterWith` must not reach other handlers or attempts.
  return asPromise(() => inOwnContext(() => handler.handle(event, { delivery, attempt: n }))).then(
    () => {
      slots.give();
      if (isTimed) {
        const durationMs = performance.now() - startedAt;
        call.observe({ kind: 'handler-succeeded', delivery, handler, attempt: n, durationMs });
      }
      return then(undefined);
    },
    (thrown: unknown) => {
      slots.give();
      return then({ error: asError(thrown), durationMs: isTimed ? performance.now() - startedAt : undefined });
    },
  );
}

/**
 * Whether no retry can help: the handler says so by an error class or `retryIf`, or its data class refused the data.
 */
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
