import type { LostSignal, ReceivedRecord } from '../backend.js';
import { asError, sleep } from '../backoff.js';
import type { RecordCodec } from '../event/codec.js';
import type { Delivery } from './delivery.js';
import { HandoverError } from '../errors.js';
import type { Event } from '../event/event.js';

/** The reason for giving a record back unsettled. It is never an error of the record. */
export class Released extends Error {
  override readonly name = 'Released';
}

/** Tells the deliveries that their consumer is stopping. */
export interface Leaving {
  /** Aborts when no more records may start. Records that have not started reject with its reason. */
  readonly signal: AbortSignal;
  /** The deadline for running work, in ms of `performance.now()`. Valid only after `signal` has aborted. */
  deadline(): number;
}

/** A delivery as core sees it. Its fields are set while the record is read, and its waits can be ended. */
export class OpenDelivery implements Delivery {
  type: string | undefined = undefined;
  event: Event | undefined = undefined;
  /** A time of `performance.now()`, in ms. */
  startedAt = 0;
  #begun = false;

  constructor(
    readonly record: ReceivedRecord,
    readonly group: string,
    readonly lost: LostSignal,
    private readonly leaving: Leaving,
    private readonly codec: Pick<RecordCodec, 'idOf' | 'decodeKey'>,
  ) {}

  get id(): string | undefined {
    return this.event?.metadata.id ?? this.codec.idOf?.(this.record);
  }

  /** Decoded on demand, because it is rarely needed. */
  get key(): unknown {
    return this.codec.decodeKey(this.record);
  }

  /**
   * Throws if the record is lost: another member decides what happens to it. Does not throw before a handover if a
   * handler has started.
   */
  throwIfLost(): void {
    if (this.lost.aborted && !(this.#begun && this.lost.reason instanceof HandoverError))
      throw released(this.lost.reason);
  }

  /**
   * Called before each handler call. Throws if the handler must not start: the record is lost, or we leave and no
   * handler of the record has started.
   */
  begin(): void {
    this.throwIfLost();
    if (!this.#begun && this.leaving.signal.aborted) throw asError(this.leaving.signal.reason);
    this.#begun = true;
  }

  /**
   * The reason to give the record back if a handler fails now, or `undefined`. Failures do not count once we leave.
   */
  get releasedAfterFailure(): Released | undefined {
    const { signal } = this.leaving;
    return signal.aborted ? released(signal.reason, 'The consumer is stopping.') : undefined;
  }

  async wait(ms: number): Promise<void> {
    const dueAt = performance.now() + ms;
    const ended = new AbortController();
    const onLost = () => ended.abort(released(this.lost.reason));
    const onLeaving = () => {
      if (!this.#begun || dueAt > this.leaving.deadline()) ended.abort(asError(this.leaving.signal.reason));
    };
    if (this.lost.aborted) onLost();
    if (this.leaving.signal.aborted) onLeaving();
    this.lost.addEventListener('abort', onLost, { once: true });
    this.leaving.signal.addEventListener('abort', onLeaving, { once: true });
    try {
      await sleep(ms, ended.signal);
    } finally {
      this.lost.removeEventListener('abort', onLost);
      this.leaving.signal.removeEventListener('abort', onLeaving);
    }
  }
}

function released(
  reason: unknown,
  message = `This member no longer holds the record: ${asError(reason).message}`,
): Released {
  return reason instanceof Released ? reason : new Released(message, { cause: reason });
}
