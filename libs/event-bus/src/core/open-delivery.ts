import type { LostSignal, ReceivedRecord } from './backend.js';
import { asError, sleep } from './backoff.js';
import type { RecordCodec } from './codec.js';
import type { Delivery } from './delivery.js';
import { HandoverError } from './errors.js';
import type { Event } from './event.js';

/** Why a record is given back unsettled; never an error of the record. */
export class Released extends Error {
  override readonly name = 'Released';
}

/** What a consumer tells its deliveries about its own end. */
export interface Leaving {
  /** Aborts when no record may start any more; its reason is what the unstarted ones reject with. */
  readonly signal: AbortSignal;
  /** When running work must have ended, in ms by the clock of `performance`. Read only once `signal` has aborted. */
  deadline(): number;
}

/** A delivery in core's hands: it is filled while it is read, and ends its waits. */
export class OpenDelivery implements Delivery {
  type: string | undefined = undefined;
  event: Event | undefined = undefined;
  /** By the clock of `performance`, in ms. */
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

  /** Decoded when it is asked for, which is seldom. */
  get key(): unknown {
    return this.codec.decodeKey(this.record);
  }

  /** Throws when the record is no longer ours: what becomes of it is for another member to decide, unless it was begun before a handover. */
  throwIfLost(): void {
    if (this.lost.aborted && !(this.#begun && this.lost.reason instanceof HandoverError))
      throw released(this.lost.reason);
  }

  /** Called before each handler call. Throws when it must not start: the record is lost, or we leave and none of its handlers has started. */
  begin(): void {
    this.throwIfLost();
    if (!this.#begun && this.leaving.signal.aborted) throw asError(this.leaving.signal.reason);
    this.#begun = true;
  }

  /** The reason to give the record back for when a handler fails now: once we leave, no failure counts any more. `undefined` while we stay. */
  get releasedAfterFailure(): Released | undefined {
    const { signal } = this.leaving;
    return signal.aborted ? released(signal.reason, 'The consumer stops.') : undefined;
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

function released(reason: unknown, message = 'The record is no longer ours.'): Released {
  return reason instanceof Released ? reason : new Released(message, { cause: reason });
}
