import { delayMs } from '../../core/backoff.js';
import type { Batch } from './batch.js';
import { BACKOFF } from './backoff.js';
import type { PartitionQueue } from './partition-queue.js';

/** How many requests may be under way to a broker. */
const MAX_REQUESTS = 3;
/** What travels in one request. */
const REQUEST = { records: 5_000, bytes: 800_000 };
/** Of what is there something is left for the next request, which is written while the broker works on this one. */
const FIRST_RECORDS = 50;

/** A batch, and whose it is. */
export interface Sent {
  readonly queue: PartitionQueue;
  readonly batch: Batch;
}

/** What is under way to one broker. */
export class BrokerLink {
  readonly #requests = new Map<readonly Sent[], number>();
  #failures = 0;
  #notBefore = 0;
  #turn = 0;
  /** Whether it has answered on the connection that there is now. */
  #hasAnswered = false;

  constructor(readonly nodeId: number) {}

  /** Until when it waits after a failure. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** Whether a request has been under way for so long, in ms. */
  isSlow(now: number, ms: number): boolean {
    for (const since of this.#requests.values()) return now - since >= ms;
    return false;
  }

  /** All that is under way. */
  get sent(): readonly Sent[] {
    return [...this.#requests.keys()].flat();
  }

  /** What goes with the next request: of each partition a batch at most. Nothing when it has enough to do. */
  next(queues: readonly PartitionQueue[], now: number): readonly Sent[] {
    if (now < this.#notBefore || this.#requests.size >= (this.#hasAnswered ? MAX_REQUESTS : 1)) return [];
    const sent: Sent[] = [];
    let records = this.#requests.size === 0 ? FIRST_RECORDS : REQUEST.records;
    let bytes = REQUEST.bytes;
    this.#turn += 1;
    for (let n = 0; n < queues.length && records > 0 && bytes > 0; n += 1) {
      const queue = queues[(this.#turn + n) % queues.length];
      const batch = queue?.next(now, records);
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
