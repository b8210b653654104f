import type { Entry } from './call.js';

/**
 * Records of one partition that are sent together, under one sequence number.
 *
 * After a batch was sent, a broker may have it, whatever the answer. Until that is known, the batch may be sent again
 * only under the same number.
 */
export class Batch {
  /** The batch on the wire; `undefined` until it is first written. */
  bytes: Buffer | undefined;
  /** The sequence number of its first record, under the partition's current identity. */
  sequence = 0;
  isUnderWay = false;
  /** Whether a broker may have the batch: it was sent, and no answer since then excludes that. */
  mayBeThere = false;
  /** Whether `bytes` has the current identity and sequence. */
  isStamped = false;

  /** The maximum size of the batch before compression, in bytes. */
  readonly size: number;

  constructor(readonly entries: readonly Entry[]) {
    this.size = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get count(): number {
    return this.entries.length;
  }

  /** Whether a caller still waits for one of its records. */
  get isWanted(): boolean {
    return this.entries.some(({ call }) => !call.isSettled);
  }

  fail(error: Error): void {
    for (const { call } of this.entries) call.fail(error);
  }
}
