import type { OutgoingRecord, Position } from '../../core/backend.js';
import type { Bounds } from '../../core/backlog.js';

/** One call of `publish` that has not settled: it has an outcome when each of its records has one, or as soon as one of them fails. */
export class Call {
  readonly #positions: Position[];
  #open: number;
  #isSettled = false;
  /** Whether a record of it has been sent. */
  isSent = false;
  #topic = '';
  #reason: () => Error | undefined = () => undefined;

  constructor(
    readonly size: Bounds,
    /** By the monotonic clock, in ms. */
    readonly deadline: number,
    /** Aborts when nobody waits for it any more. */
    readonly signal: AbortSignal | undefined,
    private readonly settle: {
      resolve(positions: readonly Position[]): void;
      reject(error: Error): void;
      /** Called once, before either. */
      onSettled(call: Call): void;
    },
  ) {
    this.#open = size.records;
    this.#positions = new Array<Position>(size.records).fill('');
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether it may still be taken back: nobody waits for it, and no record of it has been sent. */
  get isGivenUp(): boolean {
    return !this.isSent && this.signal?.aborted === true;
  }

  /** Where its last record goes, and why that has not been taken so far. */
  get place(): { readonly topic: string; readonly reason: Error | undefined } {
    return { topic: this.#topic, reason: this.#reason() };
  }

  goesTo(topic: string, reason: () => Error | undefined): void {
    this.#topic = topic;
    this.#reason = reason;
  }

  taken(index: number, position: Position): void {
    this.#positions[index] = position;
    this.#open -= 1;
    if (this.#open > 0 || this.#isSettled) return;
    this.#end();
    this.settle.resolve(this.#positions);
  }

  fail(error: Error): void {
    if (this.#isSettled) return;
    this.#end();
    this.settle.reject(error);
  }

  #end(): void {
    this.#isSettled = true;
    this.settle.onSettled(this);
  }
}

/** A record on its way, and whose it is. */
export interface Entry {
  readonly record: OutgoingRecord;
  readonly call: Call;
  /** Its place in the call. */
  readonly index: number;
  /** What it takes in a batch at most. */
  readonly bytes: number;
}
