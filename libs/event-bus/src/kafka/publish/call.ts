import type { OutgoingRecord, Position } from '../../core/backend.js';
import type { Bounds } from '../../core/publish/backlog.js';

/** A call of `publish`. It settles when all its records are confirmed, or as soon as one of them fails. */
export class Call {
  readonly #positions: Position[];
  #open: number;
  #isSettled = false;
  /** Whether one of its records has been sent. */
  isSent = false;
  #topic = '';
  #reason: () => Error | undefined = () => undefined;

  constructor(
    readonly size: Bounds,
    /** A time of the monotonic clock, in ms. */
    readonly deadline: number,
    /** Aborts when the caller no longer waits. */
    readonly signal: AbortSignal | undefined,
    private readonly settle: {
      resolve(positions: readonly Position[]): void;
      reject(error: Error): void;
      /** Called once, before `resolve` or `reject`. */
      onSettled(call: Call): void;
    },
  ) {
    this.#open = size.records;
    this.#positions = new Array<Position>(size.records).fill('');
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether the call can still be withdrawn: its caller no longer waits, and none of its records has been sent. */
  get isGivenUp(): boolean {
    return !this.isSent && this.signal?.aborted === true;
  }

  /** The topic of its last record, and the reason why that record is not confirmed yet. */
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

/** A record on its way, and its call. */
export interface Entry {
  readonly record: OutgoingRecord;
  readonly call: Call;
  /** The index of the record in the call. */
  readonly index: number;
  /** The maximum size of the record in a batch, in bytes. */
  readonly bytes: number;
}
