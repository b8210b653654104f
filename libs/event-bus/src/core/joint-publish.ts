import type { OutgoingRecord, Position } from './backend.js';
import { asError } from './backoff.js';
import { RecordRefusedError, UnavailableError } from './errors.js';

export interface JointPublishOptions {
  /** One request to the broker. Answers with the positions in the order of the records, or rejects and has taken none of them. */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<readonly Position[]>;
  /** The largest record, key, value and headers together, in bytes. */
  readonly maxRecordBytes: number;
  /** How much travels in one request; a single call may exceed it, because calls are not split. */
  readonly request?: Bounds;
  /** How long a call that finds nothing under way waits for company, in ms. Default 0. */
  readonly lingerMs?: number;
  /** How much may wait or travel in all; beyond it `publish` rejects. A call that finds nothing else may exceed it. */
  readonly backlog?: Bounds;
}

export interface Bounds {
  readonly records: number;
  readonly bytes: number;
}

interface Call extends Bounds {
  readonly content: readonly OutgoingRecord[];
  resolve(positions: readonly Position[]): void;
  reject(error: Error): void;
}

/**
 * Publishes made together travel together: while one request is in flight, further calls gather and go as one request.
 *
 * The order of the calls is kept. A lone call waits for nothing. When a joint request is refused its calls are sent again one by one,
 * in order, so that a bad record fails its own call alone; any other error fails all calls of the request.
 */
export class JointPublish {
  readonly #options: Required<JointPublishOptions>;
  readonly #waiting: Call[] = [];
  #backlog: Bounds = { records: 0, bytes: 0 };
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(options: JointPublishOptions) {
    const request = { records: 2_000, bytes: 4 * 1024 * 1024 };
    const backlog = { records: 100_000, bytes: 64 * 1024 * 1024 };
    this.#options = { request, backlog, lingerMs: 0, ...options };
  }

  /**
   * Settles as the request does that carries the records. Rejects at once with `RecordRefusedError` when one is too large, and with
   * `UnavailableError` when too much is waiting already, or after {@link close}.
   */
  async publish(content: readonly OutgoingRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw new UnavailableError(`Could not publish to ${topicsOf(content)}: the backend is closed.`);
    if (content.length === 0) return [];
    const size = { records: content.length, bytes: this.#bytesOf(content) };
    this.#checkRoom(content, size);
    return new Promise((resolve, reject) => {
      this.#backlog = sum(this.#backlog, size);
      this.#waiting.push({ content, ...size, resolve, reject });
      this.#sending ??= this.#sendAll();
    });
  }

  /** Accepts nothing more; resolves when every call accepted before has settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { lingerMs } = this.#options;
    // One turn later at least, so that calls made in one go share the first request as well.
    await new Promise<void>((resolve) => (lingerMs > 0 ? setTimeout(resolve, lingerMs) : process.nextTick(resolve)));
    while (this.#waiting.length > 0) {
      await this.#send(this.#nextRequest());
      // Callers that publish again as soon as they have their answer belong together, too.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    this.#sending = undefined;
  }

  #nextRequest(): readonly Call[] {
    const { request } = this.#options;
    let size: Bounds = { records: 0, bytes: 0 };
    const end = this.#waiting.findIndex((call, index) => {
      size = sum(size, call);
      return index > 0 && exceeds(size, request);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #send(calls: readonly Call[]): Promise<void> {
    try {
      const positions = await this.#options.send(calls.flatMap(({ content }) => content));
      let next = 0;
      for (const call of calls) {
        this.#settled(call);
        call.resolve(positions.slice(next, (next += call.records)));
      }
    } catch (thrown) {
      const error = asError(thrown);
      if (error instanceof RecordRefusedError && calls.length > 1) await this.#sendOneByOne(calls);
      else this.#fail(calls, error);
    }
  }

  async #sendOneByOne(calls: readonly Call[]): Promise<void> {
    for (const [index, call] of calls.entries()) {
      try {
        const positions = await this.#options.send(call.content);
        this.#settled(call);
        call.resolve(positions);
      } catch (thrown) {
        const error = asError(thrown);
        if (!(error instanceof RecordRefusedError)) {
          this.#fail(calls.slice(index), error);
          return;
        }
        this.#fail([call], error);
      }
    }
  }

  #fail(calls: readonly Call[], error: Error): void {
    for (const call of calls) {
      this.#settled(call);
      call.reject(error);
    }
  }

  #settled({ records, bytes }: Call): void {
    this.#backlog = sum(this.#backlog, { records: -records, bytes: -bytes });
  }

  #bytesOf(content: readonly OutgoingRecord[]): number {
    const { maxRecordBytes } = this.#options;
    let total = 0;
    for (const record of content) {
      const bytes = recordBytes(record);
      if (bytes > maxRecordBytes) {
        throw new RecordRefusedError(
          `A record for topic ${record.topic} has ${bytes} bytes (key, value and headers); at most ${maxRecordBytes} are allowed.`,
        );
      }
      total += bytes;
    }
    return total;
  }

  #checkRoom(content: readonly OutgoingRecord[], size: Bounds): void {
    const { backlog } = this.#options;
    if (this.#backlog.records === 0 || !exceeds(sum(this.#backlog, size), backlog)) return;
    throw new UnavailableError(
      `Could not publish to ${topicsOf(content)}: ${this.#backlog.records} records (${this.#backlog.bytes} bytes) are waiting already, ` +
        `at most ${backlog.records} (${backlog.bytes} bytes) may. Publish more slowly, or wait for earlier calls.`,
    );
  }
}

/** Key, value and headers together, in bytes. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, of] of headers) bytes += Buffer.byteLength(name) + (of?.byteLength ?? 0);
  return bytes;
}

function sum(one: Bounds, other: Bounds): Bounds {
  return { records: one.records + other.records, bytes: one.bytes + other.bytes };
}

function exceeds(size: Bounds, { records, bytes }: Bounds): boolean {
  return size.records > records || size.bytes > bytes;
}

function topicsOf(content: readonly OutgoingRecord[]): string {
  const topics = [...new Set(content.map(({ topic }) => topic))];
  return topics.length > 3
    ? `${topics.slice(0, 3).join(', ')} and ${topics.length - 3} more topics`
    : topics.join(', ');
}
