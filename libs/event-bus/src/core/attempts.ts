import { asError, delayMs } from './backoff.js';
import { UnrecoverableError, UnusableRecordError } from './errors.js';
import type { Handler, HandlerFailure } from './delivery.js';
import type { Event } from './event.js';
import type { Observer } from './notice.js';
import type { OpenDelivery } from './open-delivery.js';
import type { Slots } from './slots.js';

/**
 * Calls one handler until it succeeds or its policy is exhausted; answers with the failure, or `undefined` after a success.
 *
 * It holds a slot while the handler runs and none while it waits, so a failing event does not hold up other lanes. Rejects only when
 * the delivery is ended from outside.
 */
export function attempt(
  handler: Handler,
  event: Event,
  delivery: OpenDelivery,
  shared: Shared,
): Promise<HandlerFailure | undefined> {
  // An async function costs more than the rest of this, and hardly ever fails an event.
  return once(handler, event, delivery, shared.slots, 1).then((error) =>
    error === undefined ? undefined : again(handler, event, delivery, { ...shared, error }),
  );
}

interface Shared {
  readonly slots: Slots;
  readonly observe: Observer;
}

async function again(
  handler: Handler,
  event: Event,
  delivery: OpenDelivery,
  { error: first, slots, observe }: Shared & { readonly error: Error },
): Promise<HandlerFailure | undefined> {
  const { attempts, delayMs: initialMs, maxDelayMs: maxMs } = handler.policy;
  let error = first;
  for (let n = 1; ; n += 1) {
    const isLast = n >= attempts || isPermanent(error);
    const retryInMs = isLast ? undefined : delayMs({ initialMs, maxMs }, n);
    observe({ kind: 'handler-failed', delivery, handler, attempt: n, error, retryInMs });
    if (retryInMs === undefined) return { handler, error, attempts: n };
    await delivery.wait(retryInMs);
    const failed = await once(handler, event, delivery, slots, n + 1);
    if (failed === undefined) return undefined;
    error = failed;
  }
}

/** One call, in a slot; resolves with what the handler failed with. */
function once(
  handler: Handler,
  event: Event,
  delivery: OpenDelivery,
  slots: Slots,
  n: number,
): Promise<Error | undefined> {
  const begin = () => call(handler, event, delivery, n);
  const turn = slots.take();
  return (turn === undefined ? begin() : turn.then(begin)).then(
    (failed) => {
      slots.give();
      return failed;
    },
    (ended: unknown) => {
      slots.give();
      throw asError(ended);
    },
  );
}

/** Rejects when the handler must not be called any more. */
function call(handler: Handler, event: Event, delivery: OpenDelivery, n: number): Promise<Error | undefined> {
  try {
    delivery.begin();
  } catch (ended) {
    return Promise.reject(asError(ended));
  }
  try {
    return handler.handle(event, { delivery, attempt: n }).then(succeeded, asError);
  } catch (thrown) {
    return Promise.resolve(asError(thrown));
  }
}

function succeeded(): undefined {
  return undefined;
}

/** Our own classes, thrown on purpose: the handler says so, or its data class refused the data. */
function isPermanent(error: Error): boolean {
  return error instanceof UnrecoverableError || error instanceof UnusableRecordError;
}
