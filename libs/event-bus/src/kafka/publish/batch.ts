import type { Entry } from './call.js';

/**
 * Records of one partition that are sent together, under one sequence number.
 *
 * Once it was sent, a broker may have it, whatever the answer; until that is known it may be sent again only under the same number.
 */
export class Batch {
  /** As it travels; `undefined` until it is written for the first time. */
  bytes: Buffer | undefined;
  /** Of its first record, under the identity that the partition has at present. */
  sequence = 0;
  isUnderWay = false;
  /** Whether the broker may have it: it was sent, and nothing has been said since that excludes it. */
  mayBeThere = false;
  /** Whether `bytes` has the present identity and sequence. */
  isStamped = false;

  /** How many bytes it has at most, before it is packed. */
  readonly size: number;

  constructor(readonly entries: readonly Entry[]) {
    this.size = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get count(): number {
    return this.entries.length;
  }

  /** Whether somebody waits for one of its records. */
  get isWanted(): boolean {
    return this.entries.some(({ call }) => !call.isSettled);
  }

  fail(error: Error): void {
    for (const { call } of this.entries) call.fail(error);
  }
}
