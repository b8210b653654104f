import { Backlog, type Bounds } from './backlog.js';
import { asError } from './backoff.js';
import type { Encoded, RecordCodec } from './codec.js';
import { UnavailableError } from './errors.js';
import type { Event } from './event.js';
import { approximateSize } from './approximate-size.js';

/** A record, or why there is none now: then its topic fails, and the event can be sent again. */
export type MaybeEncoded = Encoded | UnavailableError;

/**
 * Turns events into records in the order of the calls, topic by topic: while one waits for its schema to be registered, later ones of the
 * topic wait behind it, whatever their type, as long as there is room; the first of a topic always finds some.
 */
export class OrderedEncoder {
  readonly #codec: RecordCodec;
  readonly #backlog: Backlog;
  /** By full topic: settles when the events of the topic that wait have their records. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(codec: RecordCodec, backlog?: Bounds) {
    this.#codec = codec;
    this.#backlog = new Backlog(backlog);
  }

  /** Throws or rejects with `InvalidEventError`; answers at once when there is nothing to wait for. */
  encode(event: Event, keyField: string | undefined, topic: string): MaybeEncoded | Promise<MaybeEncoded> {
    const before = this.#turns.get(topic);
    if (before === undefined) {
      const encoding = this.#codec.encode(event, keyField, topic);
      return encoding instanceof Promise ? this.#wait(encoding, { topic, before, size: sizeOf(event) }) : encoding;
    }
    const size = sizeOf(event);
    // Before it is encoded: a codec that waits keeps the bytes until it has its answer.
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
