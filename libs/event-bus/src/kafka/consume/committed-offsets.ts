import type { Committed, Committing } from '../port.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import type { Membership } from '../protocol/heartbeat.js';
import { OFFSET_COMMIT } from '../protocol/offset-commit.js';
import { OFFSET_FETCH } from '../protocol/offset-fetch.js';
import type { Coordinator } from './coordinator.js';
import { shorterMetadata } from './commit-metadata.js';

/** A broker answers a commit within `offsets.commit.timeout.ms`, by default 5 s. */
const COMMIT_MS = 6_000;

/** The errors that mean: the coordinator does not count this member any more. */
type Fenced = 'UNKNOWN_MEMBER_ID' | 'ILLEGAL_GENERATION' | 'FENCED_INSTANCE_ID';

const FENCED: ReadonlySet<string> = new Set<Fenced>(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);

/** The committed offsets of a group on a topic, stored by its coordinator. */
export class CommittedOffsets {
  readonly #coordinator: Coordinator;
  readonly #of: { readonly topic: string; readonly group: string };
  /** How far to shorten the metadata, because the broker limits its size (`offset.metadata.max.bytes`). */
  #shorter = 0;

  constructor(coordinator: Coordinator, of: { readonly topic: string; readonly group: string }) {
    this.#coordinator = coordinator;
    this.#of = of;
  }

  /** Partitions without a committed offset are left out. */
  async fetch(partitions: readonly number[]): Promise<ReadonlyMap<number, Committed>> {
    const { topic, group } = this.#of;
    const { topics, errorCode } = await this.#coordinator.ask(
      OFFSET_FETCH,
      { group, topics: [{ topic, partitions }] },
      {
        channel: 'commit',
        timeoutMs: COMMIT_MS,
        codes: (answer) => [
          answer.errorCode,
          ...answer.topics.flatMap((of) => of.partitions.map((each) => each.errorCode)),
        ],
      },
    );
    const found = topics.find((each) => each.topic === topic)?.partitions ?? [];
    // A deleted topic has no committed offsets.
    const problem = [errorCode, ...found.map((each) => each.errorCode)]
      .map(errorName)
      .find((name) => name !== undefined && name !== 'UNKNOWN_TOPIC_OR_PARTITION');
    if (problem !== undefined) throw new ProtocolError(problem);
    return new Map(
      found
        .filter(({ offset }) => offset >= 0)
        .map(({ partition, offset, metadata }) => [partition, { partition, offset, metadata }]),
    );
  }

  /** Rejects if the coordinator is away or refuses. */
  async commit(by: Membership, offsets: readonly Committed[]): Promise<Exclude<Committing, 'lost'> | Fenced> {
    const { topic } = this.#of;
    const partitions = offsets.map(({ partition, offset, metadata }) => ({
      partition,
      offset,
      metadata: shorterMetadata(metadata, this.#shorter),
    }));
    const answer = await this.#coordinator.ask(
      OFFSET_COMMIT,
      { ...by, topics: [{ topic, partitions }] },
      {
        channel: 'commit',
        timeoutMs: COMMIT_MS,
        codes: (of) => of.topics.flatMap((each) => each.partitions.map((p) => p.errorCode)),
      },
    );
    const problems = new Set(
      answer.topics.flatMap((of) => of.partitions.flatMap((each) => errorName(each.errorCode) ?? [])),
    );
    if (problems.size === 0) return 'done';
    if (problems.has('OFFSET_METADATA_TOO_LARGE') && this.#shorter < 2) {
      this.#shorter += 1;
      return this.commit(by, offsets);
    }
    const fenced = [...problems].find((name) => FENCED.has(name));
    if (fenced !== undefined) return fenced as Fenced;
    if (problems.has('REBALANCE_IN_PROGRESS')) return 'again';
    if (problems.has('UNKNOWN_TOPIC_OR_PARTITION') && problems.size === 1) return 'gone';
    throw new ProtocolError([...problems][0] ?? 'UNKNOWN_SERVER_ERROR');
  }
}
