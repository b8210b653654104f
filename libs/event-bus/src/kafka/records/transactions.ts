import type { FetchedPartition } from '../protocol/fetch.js';

type Aborted = FetchedPartition['abortedTransactions'];

/**
 * Returns a function to be called for each batch in turn. It tells whether consumers must not get the records:
 * transaction markers, and aborted records.
 */
export function leftOut(aborted: Aborted): (batch: Origin, producerId: () => bigint) => boolean {
  const toCome = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const open = new Set<bigint>();
  return ({ baseOffset, isTransactional, isControl }, producerId) => {
    if (!isTransactional && !isControl) return false;
    for (let next = toCome[0]; next !== undefined && next.firstOffset <= baseOffset; next = toCome[0]) {
      toCome.shift();
      open.add(next.producerId);
    }
    // A marker ends the producer's transaction, committed or aborted.
    if (isControl) open.delete(producerId());
    return isControl || open.has(producerId());
  };
}

interface Origin {
  readonly baseOffset: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}
