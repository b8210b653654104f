import { delayMs } from '../../core/backoff.js';
import type { Batch } from './batch.js';
import { BACKOFF } from './backoff.js';
import type { PartitionQueue } from './partition-queue.js';

/** The maximum number of requests under way to a broker. */
const MAX_REQUESTS = 3;
/** The limits of a request. */
const REQUEST = { records: 5_000, bytes: 800_000 };
/**
 * The limit of a first request. The rest of the queue goes into the next request, which is written while the broker
 * works on this one.
 */
const FIRST_RECORDS = 50;

/** A batch and its partition. */
export interface Sent {
  readonly queue: PartitionQueue;
  readonly batch: Batch;
}

/** The requests under way to one broker. */
export class BrokerLink {
  readonly #requests = new Map<readonly Sent[], number>();
  #failures = 0;
  #notBefore = 0;
  #turn = 0;
  /** Whether the broker has answered on the current connection. */
  #hasAnswered = false;

  constructor(readonly nodeId: number) {}

  /** No request starts before this time after a failure, in ms of the monotonic clock. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** Whether a request has been under way for `ms`. */
  isSlow(now: number, ms: number): boolean {
    for (const since of this.#requests.values()) return now - since >= ms;
    return false;
  }

  /** All batches that are under way. */
  get sent(): readonly Sent[] {
    return [...this.#requests.keys()].flat();
  }

  /** Returns the batches of the next request, at most one per partition. Empty if enough requests are under way. */
  next(queues: readonly PartitionQueue[], now: number): readonly Sent[] {
    if (now < this.#notBefore || this.#requests.size >= (this.#hasAnswered ? MAX_REQUESTS : 1)) return [];
    const sent: Sent[] = [];
    let records = this.#requests.size === 0 ? FIRST_RECORDS : REQUEST.records;
    let bytes = REQUEST.bytes;
    this.#turn += 1;
    for (let n = 0; n < queues.length && records > 0 && bytes > 0; n += 1) {
      const queue = queues[(this.#turn + n) % queues.length];
      const batch = queue?.next(now, records, this.nodeId);
      if (queue === undefined || batch === undefined) continue;
      sent.push({ queue, batch });
      records -= batch.count;
      bytes -= batch.size;
    }
    return sent;
  }

  begin(request: readonly Sent[], now: number): void {
    this.#requests.set(request, now);
  }

  answered(request: readonly Sent[]): void {
    this.#requests.delete(request);
    this.#hasAnswered = true;
    this.#failures = 0;
  }

  failed(request: readonly Sent[], now: number): void {
    this.#requests.delete(request);
    this.#hasAnswered = false;
    if (now < this.#notBefore) return;
    this.#failures += 1;
    this.#notBefore = now + delayMs(BACKOFF, this.#failures);
  }
}
