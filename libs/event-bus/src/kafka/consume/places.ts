import { asError, delayMs, sleep } from '../../core/backoff.js';
import type { Committed, Membership } from '../port.js';
import type { Ailment } from '../reporter.js';
import { isFinal } from './is-final.js';

/** The delays before a failed lookup is repeated, in ms. */
const RETRY = { initialMs: 100, maxMs: 1_000 };

export interface LookUp {
  readonly membership: Membership;
  readonly ailment: Ailment;
  /** Whether the result is still wanted. */
  readonly isWanted: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Looks up the committed offsets of these partitions, until it gets an answer: a member that gave up would keep its
 * partitions and not consume them. Resolves with `undefined` if the result is not wanted any more. Rejects if a retry
 * cannot help.
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
