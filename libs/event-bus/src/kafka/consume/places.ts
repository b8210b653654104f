import { asError, delayMs, sleep } from '../../core/backoff.js';
import type { Committed, Membership } from '../port.js';
import type { Ailment } from '../reporter.js';
import { isFinal } from './is-final.js';

/** How soon a look-up that failed is tried again, in ms. */
const RETRY = { initialMs: 100, maxMs: 1_000 };

export interface LookUp {
  readonly membership: Membership;
  readonly ailment: Ailment;
  /** Whether anybody still wants to know. */
  readonly isWanted: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Where the group stands in these partitions. Asks until it is answered: a member that gave up would have its partitions and not consume them.
 * `undefined` when nobody wants to know any more; rejects with what asking again does not mend.
 */
export async function placesOf(
  numbers: readonly number[],
  { membership, ailment, isWanted, signal }: LookUp,
): Promise<ReadonlyMap<number, Committed> | undefined> {
  for (let n = 1; isWanted(); n += 1) {
    try {
      const places = await membership.positions(numbers);
      ailment.worked();
      return places;
    } catch (thrown) {
      const error = asError(thrown);
      if (isFinal(error)) throw error;
      ailment.failed(error);
      await sleep(delayMs(RETRY, n), signal).catch(() => undefined);
    }
  }
  return undefined;
}
