import { asError, delayMs } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import type { Membership } from '../port.js';
import type { Ailment } from '../reporter.js';
import type { Held, Uncommitted } from './held.js';
import { isFinal } from './is-final.js';
import type { Partition } from './partition.js';

/** The delays before a failed commit is repeated, in ms. */
const RETRY = { initialMs: 100, maxMs: 1_000 };
/**
 * How long a topic may be unknown to a broker that has just started, in ms. After that the topic is gone, and with it
 * the offsets to commit.
 */
const GONE_MS = 5_000;
/**
 * A commit that takes longer than this, in ms, is late. Records that finish during a commit are handled again if this
 * process dies; during a late commit their number is limited.
 */
const ROUND_TRIP_MS = 20;

export interface CommitsOptions {
  readonly membership: Membership;
  readonly held: Held;
  readonly ailment: Ailment;
  /** When to stop repeating commits, in monotonic time. */
  readonly deadline: () => number;
  /** Called when more records of the partition may be handed over. */
  readonly onAdvance: (number: number, partition: Partition) => void;
  /** A commit was answered. */
  readonly onSaid: () => void;
  readonly onLost: () => void;
  readonly onFailed: (error: Error) => void;
}

/**
 * Commits finished records. One commit runs at a time, includes everything finished by then, and is repeated until it
 * succeeds.
 */
export class Commits {
  readonly #of: CommitsOptions;
  #committing: Promise<void> | undefined;
  /** When the last commit was answered, or the first was sent. */
  #lastSaid = 0;
  #isEnded = false;

  constructor(of: CommitsOptions) {
    this.#of = of;
  }

  /** Whether the current commit is late. */
  get isLate(): boolean {
    return this.#committing !== undefined && performance.now() - this.#lastSaid > ROUND_TRIP_MS;
  }

  /** Call this when records may have finished. */
  begin(): void {
    if (this.#committing !== undefined || this.#isEnded || this.#of.held.uncommitted().length === 0) return;
    this.#lastSaid = performance.now();
    this.#committing = this.#commitAll().finally(() => {
      this.#committing = undefined;
      this.#of.onSaid();
      // Records that finished after the last check found a commit under way. If no record follows them, nothing else
      // would commit them.
      this.begin();
    });
  }

  /** Stops committing. */
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

  /** Lets events continue while the coordinator is away. */
  #goOn(): void {
    for (const [number, partition] of this.#of.held.entries()) {
      partition.mark();
      this.#of.onAdvance(number, partition);
    }
  }
}

const WHY_NOT = { again: 'the group is rebalancing', gone: 'the broker does not know this topic' } as const;
