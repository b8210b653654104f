import { Backlog, type Bounds } from './backlog.js';
import { asError } from '../backoff.js';
import type { Encoded, RecordCodec } from '../event/codec.js';
import { UnavailableError } from '../errors.js';
import type { Event } from '../event/event.js';
import { approximateSize } from './approximate-size.js';

/**
 * The encoded record, or the reason why it cannot be encoded now. Then its topic fails, and the event can be sent
 * again.
 */
export type MaybeEncoded = Encoded | UnavailableError;

/**
 * Encodes events in the order of the calls, separately for each topic. While an event waits for its schema to be
 * registered, later events of its topic wait behind it, whatever their type. The waiting room is bounded, but the first
 * event of a topic may always wait.
 */
export class OrderedEncoder {
  readonly #codec: RecordCodec;
  readonly #backlog: Backlog;
  /** Full topic → settles when the waiting events of the topic are encoded. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(codec: RecordCodec, backlog?: Bounds) {
    this.#codec = codec;
    this.#backlog = new Backlog(backlog);
  }

  /** Throws or rejects with `InvalidEventError`. Returns a promise only if the event must wait. */
  encode(event: Event, keyField: string | undefined, topic: string): MaybeEncoded | Promise<MaybeEncoded> {
    const before = this.#turns.get(topic);
    if (before === undefined) {
      const encoding = this.#codec.encode(event, keyField, topic);
      return encoding instanceof Promise ? this.#wait(encoding, { topic, before, size: sizeOf(event) }) : encoding;
    }
    const size = sizeOf(event);
    // Check before encoding, because a codec that waits keeps the bytes until it has its answer.
    if (this.#backlog.isFullFor(size)) return this.#backlog.refusal(topic);
    return this.#wait(this.#codec.encode(event, keyField, topic), { topic, before, size });
  }

  #wait(encoding: Encoded | Promise<Encoded>, { topic, before, size }: Waiting): Promise<MaybeEncoded> {
    this.#backlog.add(size);
    const encoded = Promise.resolve(encoding).catch(unlessUnavailable);
    const turn = Promise.allSettled([before, encoded]).then(() => {
      this.#backlog.remove(size);
      if (this.#turns.get(topic) === turn) this.#turns.delete(topic);
    });
    this.#turns.set(topic, turn);
    return turn.then(() => encoded);
  }
}

interface Waiting {
  readonly topic: string;
  readonly before: Promise<unknown> | undefined;
  readonly size: Bounds;
}

function sizeOf({ data }: Event): Bounds {
  return { records: 1, bytes: approximateSize(data) };
}

function unlessUnavailable(thrown: unknown): UnavailableError {
  if (thrown instanceof UnavailableError) return thrown;
  throw asError(thrown);
}
