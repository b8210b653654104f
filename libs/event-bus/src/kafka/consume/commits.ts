import { asError, delayMs } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import type { Membership } from '../port.js';
import type { Ailment } from '../reporter.js';
import type { Held, Uncommitted } from './held.js';
import { isFinal } from './is-final.js';
import type { Partition } from './partition.js';

/** How soon a commit that failed is tried again, in ms. */
const RETRY = { initialMs: 100, maxMs: 1_000 };
/** A topic may be unknown for so long, in ms, to a broker that has just started; then it is gone, and with it what was to be committed. */
const GONE_MS = 5_000;
/** What is finished while a commit travels may be handled again if this process dies; after so long, in ms, it is bounded by number. */
const ROUND_TRIP_MS = 20;

export interface CommitsOptions {
  readonly membership: Membership;
  readonly held: Held;
  readonly ailment: Ailment;
  /** Until when commits are tried again, by the monotonic clock. */
  readonly deadline: () => number;
  /** More of the partition may be handed over. */
  readonly onAdvance: (number: number, partition: Partition) => void;
  /** A commit has been answered. */
  readonly onSaid: () => void;
  readonly onLost: () => void;
  readonly onFailed: (error: Error) => void;
}

/** Commits what is finished: one commit at a time, of all that is finished by then, until it works. */
export class Commits {
  readonly #of: CommitsOptions;
  #committing: Promise<void> | undefined;
  /** When a commit was answered, or the first was sent. */
  #lastSaid = 0;
  #isEnded = false;

  constructor(of: CommitsOptions) {
    this.#of = of;
  }

  /** Whether a commit takes longer than a round trip does. */
  get isLate(): boolean {
    return this.#committing !== undefined && performance.now() - this.#lastSaid > ROUND_TRIP_MS;
  }

  /** To be called whenever something may have been finished. */
  begin(): void {
    if (this.#committing !== undefined || this.#isEnded || this.#of.held.uncommitted().length === 0) return;
    this.#lastSaid = performance.now();
    this.#committing = this.#commitAll().finally(() => {
      this.#committing = undefined;
      this.#of.onSaid();
      // What was finished between its last look and here found a commit under way, and no record may come after it.
      this.begin();
    });
  }

  /** Nothing more is committed. */
  end(): void {
    this.#isEnded = true;
  }

  async #commitAll(): Promise<void> {
    const { membership, ailment, deadline, onLost, onFailed } = this.#of;
    for (let failures = 0; ;) {
      const offsets = this.#of.held.uncommitted();
      if (offsets.length === 0 || this.#isEnded) return;
      const partitions = new Map(this.#of.held.entries());
      try {
        const answer = await membership.commit(offsets);
        if (answer === 'lost') return onLost();
        this.#lastSaid = performance.now();
        if (answer === 'done') ailment.worked();
        else if (answer === 'again' || ailment.failedForMs <= GONE_MS)
          throw new UnavailableError(`Kafka: could not commit yet: ${WHY_NOT[answer]}.`);
        failures = 0;
        this.#said(offsets, partitions);
      } catch (thrown) {
        const error = asError(thrown);
        failures += 1;
        const waitMs = delayMs(RETRY, failures);
        if (isFinal(error) || performance.now() + waitMs > deadline()) return onFailed(error);
        ailment.failed(error);
        this.#goOn();
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  #said(offsets: readonly Uncommitted[], partitions: ReadonlyMap<number, Partition>): void {
    const { held, onAdvance, onSaid } = this.#of;
    for (const { partition: number, ...progress } of offsets) {
      const partition = partitions.get(number);
      if (partition === undefined || held.get(number) !== partition) continue;
      partition.committed(progress);
      onAdvance(number, partition);
    }
    onSaid();
  }

  /** Events must not wait for a coordinator that is away. */
  #goOn(): void {
    for (const [number, partition] of this.#of.held.entries()) {
      partition.mark();
      this.#of.onAdvance(number, partition);
    }
  }
}

const WHY_NOT = { again: 'the group divides its partitions', gone: 'the broker does not have this topic' } as const;
