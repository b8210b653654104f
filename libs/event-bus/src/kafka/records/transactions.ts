import type { FetchedPartition } from '../protocol/fetch.js';

type Aborted = FetchedPartition['abortedTransactions'];

/** Tells of each batch in turn whether its records are not for consumers: marks of transactions, and what was aborted. */
export function leftOut(aborted: Aborted): (batch: Origin, producerId: () => bigint) => boolean {
  const toCome = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const open = new Set<bigint>();
  return ({ baseOffset, isTransactional, isControl }, producerId) => {
    if (!isTransactional && !isControl) return false;
    for (let next = toCome[0]; next !== undefined && next.firstOffset <= baseOffset; next = toCome[0]) {
      toCome.shift();
      open.add(next.producerId);
    }
    // A mark ends the producer's transaction, whichever way.
    if (isControl) open.delete(producerId());
    return isControl || open.has(producerId());
  };
}

interface Origin {
  readonly baseOffset: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}
