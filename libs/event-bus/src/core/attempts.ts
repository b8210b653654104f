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
export async function attempt(
  handler: Handler,
  event: Event,
  delivery: OpenDelivery,
  { slots, observe }: { readonly slots: Slots; readonly observe: Observer },
): Promise<HandlerFailure | undefined> {
  const { attempts, delayMs: initialMs, maxDelayMs: maxMs } = handler.policy;
  for (let n = 1; ; n += 1) {
    const error = await slots.use(() => {
      delivery.begin();
      return call(handler, event, delivery, n);
    });
    if (error === undefined) return undefined;
    const isLast = n >= attempts || isPermanent(error);
    const retryInMs = isLast ? undefined : delayMs({ initialMs, maxMs }, n);
    observe({ kind: 'handler-failed', delivery, handler, attempt: n, error, retryInMs });
    if (retryInMs === undefined) return { handler, error, attempts: n };
    await delivery.wait(retryInMs);
  }
}

async function call(handler: Handler, event: Event, delivery: OpenDelivery, n: number): Promise<Error | undefined> {
  try {
    await handler.handle(event, { delivery, attempt: n });
    return undefined;
  } catch (thrown) {
    return asError(thrown);
  }
}

/** Our own classes, thrown on purpose: the handler says so, or its data class refused the data. */
function isPermanent(error: Error): boolean {
  return error instanceof UnrecoverableError || error instanceof UnusableRecordError;
}
