import { asError, delayMs } from '../../core/backoff.js';
import type { Cluster } from '../client/cluster.js';
import type { Topic } from '../client/topics.js';

const BACKOFF = { initialMs: 40, maxMs: 1_000 };
/** After so long without a question the next one need not wait, in ms. */
const CALM_MS = 2_000;

/** Looks topics up when something about them is to be found out: one question at a time, with growing pauses while there is nothing new. */
export class MetadataWatch {
  readonly #wanted = new Set<string>();
  readonly #seen = new Set<string>();
  #isLooking = false;
  #isClosed = false;
  /** How often in a row, and when last. */
  #looks = 0;
  #lastLook = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly listener: {
      onFound(topics: readonly Topic[]): void;
      onFailed(error: Error, topics: readonly string[]): void;
    },
  ) {}

  /** To be called as often as wanted. */
  want(topic: string): void {
    this.#wanted.add(topic);
    this.#schedule();
  }

  /** For a topic that was never looked up: its first question waits for no others. */
  wantNew(topic: string): void {
    if (!this.#seen.has(topic)) {
      this.#seen.add(topic);
      this.#looks = 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.want(topic);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isLooking || this.#isClosed || this.#timer !== undefined || this.#wanted.size === 0) return;
    if (performance.now() - this.#lastLook > CALM_MS) this.#looks = 0;
    const pauseMs = this.#looks === 0 ? 0 : delayMs(BACKOFF, this.#looks);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, pauseMs);
  }

  async #look(): Promise<void> {
    const topics = [...this.#wanted];
    this.#wanted.clear();
    this.#isLooking = true;
    this.#looks += 1;
    this.#lastLook = performance.now();
    try {
      const found = await this.cluster.refresh(topics);
      this.#isLooking = false;
      if (!this.#isClosed) this.listener.onFound(found);
    } catch (error) {
      this.#isLooking = false;
      if (!this.#isClosed) this.listener.onFailed(asError(error), topics);
    }
    this.#schedule();
  }
}
