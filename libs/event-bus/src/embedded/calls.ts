import { setMaxListeners } from 'node:events';

import type { HandleRecord, ReceivedRecord } from '../core/backend.js';
import { asError } from '../core/backoff.js';

interface Call {
  readonly record: ReceivedRecord;
  readonly lost: AbortController;
  hasEnded: boolean;
}

export interface CallsListener {
  readonly onEnd: () => void;
  /** A call rejected although its record was not lost. */
  readonly onRejection: (error: Error) => void;
}

/** The calls of `handle` that one member has open, and the records that it has finished. */
export class Calls {
  readonly #handle: HandleRecord;
  readonly #listener: CallsListener;
  /** From the oldest call that has not ended on, in the order of the hand-over. */
  #window: Call[] = [];
  #finished: number[] = [];
  #running = 0;

  constructor(handle: HandleRecord, listener: CallsListener) {
    this.#handle = handle;
    this.#listener = listener;
  }

  get running(): number {
    return this.#running;
  }

  get hasFinished(): boolean {
    return this.#finished.length > 0;
  }

  /** How many more records fit in the window, once what is finished is settled. */
  room(maxInFlight: number): number {
    const oldest = this.#window.findIndex(({ hasEnded }) => !hasEnded);
    this.#window.splice(0, oldest === -1 ? this.#window.length : oldest);
    return Math.max(0, maxInFlight - this.#window.length);
  }

  /** The positions that are finished and were not taken before. */
  takeFinished(): readonly number[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** Takes back what could not be settled. */
  putBack(finished: readonly number[]): void {
    this.#finished.push(...finished);
  }

  /** Gives the records their places in the window; the result begins their calls, in order, as long as it may. */
  admit(records: readonly ReceivedRecord[]): (may: () => boolean) => void {
    // Records of one batch are lost together, if at all; a signal for each would cost more than all else.
    const lost = new AbortController();
    setMaxListeners(0, lost.signal);
    const calls = records.map((record): Call => ({ record, lost, hasEnded: false }));
    this.#window.push(...calls);
    return (may) => {
      for (const call of calls) {
        if (may() && !lost.signal.aborted) void this.#run(call);
        else call.hasEnded = true;
      }
    };
  }

  /** All records in hand are lost. */
  abort(reason: Error): void {
    for (const lost of new Set(this.#window.map((call) => call.lost))) lost.abort(reason);
  }

  async #run(call: Call): Promise<void> {
    const { signal } = call.lost;
    this.#running += 1;
    try {
      await this.#handle(call.record, signal);
      if (!signal.aborted) this.#finished.push(Number(call.record.position));
    } catch (error) {
      if (!signal.aborted) this.#listener.onRejection(asError(error));
    }
    this.#running -= 1;
    call.hasEnded = true;
    this.#listener.onEnd();
  }
}
