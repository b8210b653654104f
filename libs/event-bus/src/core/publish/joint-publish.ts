import type { OutgoingRecord, Position, PublishCallOptions } from '../backend.js';
import { Backlog, type Bounds, exceeds, sum } from './backlog.js';
import { asError } from '../backoff.js';
import { RecordRefusedError, UnavailableError } from '../errors.js';
import { Queue } from './queue.js';
import { utf8Bytes } from '../utf8.js';

/** The result for one record: its position, or why it was not confirmed. */
export type Outcome = Position | Error;

/** The options of a {@link JointPublish}. */
export interface JointPublishOptions {
  /**
   * Sends one request to the broker. Resolves with the outcome of each record, in their order. A rejection applies to
   * all of them.
   */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<readonly Outcome[]>;
  /** The largest record, key, value and headers together, in bytes. */
  readonly maxRecordBytes: number;
  /** The largest request. A single call may exceed it, because calls are not split. */
  readonly request?: Bounds;
  /** How long a call waits for others if no request is under way, in ms. Default 0. */
  readonly lingerMs?: number;
  /**
   * How many requests may be in flight. Use more than 1 only if the broker executes them in order and never refuses one
   * because of a record. Default 1.
   */
  readonly inFlight?: number;
  /**
   * How much may wait and be in flight in all; beyond it `publish` rejects. A call may exceed it if nothing else is
   * waiting.
   */
  readonly backlog?: Bounds;
}

const FIRST_RECORDS = 50;

interface Call extends Bounds {
  readonly content: readonly OutgoingRecord[];
  /** Aborts when the caller no longer waits. */
  readonly signal: AbortSignal | undefined;
  resolve(positions: readonly Position[]): void;
  reject(error: Error): void;
}

/**
 * Combines publishes into requests: while the allowed number of requests is in flight, further calls gather for the
 * next one.
 *
 * - The order of the calls is kept. A single call never waits for others, unless `lingerMs` is set.
 * - A call whose caller no longer waits is not sent.
 * - A record that is not confirmed fails only its own call. Nothing is sent twice.
 * - If a call of several records rejects, the broker may have stored some of them. Publishing the call again publishes
 *   them again.
 */
export class JointPublish {
  readonly #options: Required<Omit<JointPublishOptions, 'backlog'>>;
  readonly #waiting = new Queue<Call>();
  readonly #backlog: Backlog;
  #sending: Promise<void> | undefined;
  readonly #travelling = new Set<Promise<void>>();
  #closed = false;

  constructor({ backlog, ...options }: JointPublishOptions) {
    const request = { records: 2_000, bytes: 4 * 1024 * 1024 };
    this.#options = { request, lingerMs: 0, inFlight: 1, ...options };
    this.#backlog = new Backlog(backlog);
  }

  /**
   * Resolves when all records of the call are confirmed. Rejects with the error of the first record that is not; the
   * broker may have the others.
   *
   * Rejects without sending anything:
   * - with `RecordRefusedError` if a record is too large
   * - with `UnavailableError` if too much is waiting, or after {@link close}
   * - with the reason of the signal if it aborted before the turn of the call; the call rejects at its turn
   */
  publish(content: readonly OutgoingRecord[], { signal }: PublishCallOptions = {}): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new UnavailableError(`Could not publish to ${topicsOf(content)}: the backend is closed.`);
      if (content.length === 0) {
        resolve([]);
        return;
      }
      const size = { records: content.length, bytes: this.#bytesOf(content) };
      if (this.#backlog.isFullFor(size)) this.#dropGivenUp();
      if (this.#backlog.isFullFor(size)) throw this.#backlog.refusal(topicsOf(content));
      this.#backlog.add(size);
      this.#waiting.add({ content, signal, ...size, resolve, reject });
      this.#sending ??= this.#sendAll();
    });
  }

  /** Accepts no more calls. Resolves when every accepted call has settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
    await Promise.all(this.#travelling);
  }

  async #sendAll(): Promise<void> {
    const { lingerMs, inFlight } = this.#options;
    // Wait at least one turn, so that calls made in one go share the first request.
    await new Promise<void>((resolve) => (lingerMs > 0 ? setTimeout(resolve, lingerMs) : process.nextTick(resolve)));
    while (this.#waiting.length > 0) {
      const sent = this.#send(this.#nextRequest()).finally(() => this.#travelling.delete(sent));
      this.#travelling.add(sent);
      while (this.#travelling.size >= inFlight) await Promise.race(this.#travelling);
      // Callers that publish again right after their answer share the next request, too.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    this.#sending = undefined;
  }

  /** May be empty if no caller waits any more. */
  #nextRequest(): readonly Call[] {
    const { request, inFlight } = this.#options;
    const calls: Call[] = [];
    let size: Bounds = { records: 0, bytes: 0 };
    // Leave some calls for the second request: we write it while the broker works on the first.
    const isFirst = inFlight > 1 && this.#travelling.size === 0;
    const most = isFirst ? { ...request, records: Math.min(request.records, FIRST_RECORDS) } : request;
    for (;;) {
      this.#dropGivenUp();
      const next = this.#waiting.first;
      if (next === undefined) return calls;
      size = sum(size, next);
      if (calls.length > 0 && exceeds(size, most)) return calls;
      this.#waiting.take();
      calls.push(next);
    }
  }

  /** Drops abandoned calls from the front only. Others are found at their turn. */
  #dropGivenUp(): void {
    for (let call = this.#waiting.first; call?.signal?.aborted; call = this.#waiting.first) {
      this.#waiting.take();
      this.#fail([call], asError(call.signal.reason));
    }
  }

  async #send(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return;
    try {
      const outcomes = await this.#options.send(calls.flatMap(({ content }) => content));
      let next = 0;
      for (const call of calls) this.#settle(call, outcomes.slice(next, (next += call.records)));
    } catch (thrown) {
      this.#fail(calls, asError(thrown));
    }
  }

  #settle(call: Call, outcomes: readonly Outcome[]): void {
    const error = outcomes.find((outcome) => outcome instanceof Error);
    if (error !== undefined) {
      this.#fail([call], error);
      return;
    }
    this.#backlog.remove(call);
    call.resolve(outcomes as readonly Position[]);
  }

  #fail(calls: readonly Call[], error: Error): void {
    for (const call of calls) {
      this.#backlog.remove(call);
      call.reject(error);
    }
  }

  #bytesOf(content: readonly OutgoingRecord[]): number {
    let total = 0;
    for (const record of content) total += allowedBytes(record, this.#options.maxRecordBytes);
    return total;
  }
}

/** The {@link recordBytes} of the record. Throws `RecordRefusedError` if they exceed `maxRecordBytes`. */
export function allowedBytes(record: OutgoingRecord, maxRecordBytes: number): number {
  const bytes = recordBytes(record);
  if (bytes <= maxRecordBytes) return bytes;
  throw new RecordRefusedError(
    `A record for topic ${record.topic} has ${bytes} bytes (key, value and headers); at most ${maxRecordBytes} are allowed.`,
  );
}

/** Key, value and headers together, in bytes. */
export function recordBytes({ key, value, headers }: Omit<OutgoingRecord, 'topic'>): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, of] of headers) bytes += utf8Bytes(name).length + (of?.byteLength ?? 0);
  return bytes;
}

/** The topics of some records, for messages: at most three names. */
export function topicsOf(content: readonly OutgoingRecord[]): string {
  const topics = [...new Set(content.map(({ topic }) => topic))];
  return topics.length > 3
    ? `${topics.slice(0, 3).join(', ')} and ${topics.length - 3} more topics`
    : topics.join(', ');
}
