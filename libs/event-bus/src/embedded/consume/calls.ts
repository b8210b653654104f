import { setMaxListeners } from 'node:events';

import type { HandleRecord, ReceivedRecord } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';

interface Call {
  readonly record: ReceivedRecord;
  readonly lost: AbortController;
  hasEnded: boolean;
}

export interface CallsListener {
  readonly onEnd: () => void;
  /** Called when the handler rejects although its record was not lost. */
  readonly onRejection: (error: Error) => void;
}

/** The open handler calls of one member, and the records that it has finished. */
export class Calls {
  readonly #handle: HandleRecord;
  readonly #listener: CallsListener;
  /** The calls from the oldest unfinished one on, in the order in which they started. */
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

  /** How many more records fit into the window. */
  room(maxInFlight: number): number {
    const oldest = this.#window.findIndex(({ hasEnded }) => !hasEnded);
    this.#window.splice(0, oldest === -1 ? this.#window.length : oldest);
    return Math.max(0, maxInFlight - this.#window.length);
  }

  /** The positions finished since the last call of this method. */
  takeFinished(): readonly number[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** Returns positions that could not be settled, for the next {@link takeFinished}. */
  putBack(finished: readonly number[]): void {
    this.#finished.push(...finished);
  }

  /**
   * Reserves places in the window. The returned function starts the calls in order, and stops as soon as `may` returns
   * false.
   */
  admit(records: readonly ReceivedRecord[]): (may: () => boolean) => void {
    // The records of a batch share one signal, because they are lost together. A signal per record would be the largest
    // cost.
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

  /** Aborts the signal of all records in hand. */
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
