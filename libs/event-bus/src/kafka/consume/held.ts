import type { Subscription } from '../../core/backend.js';
import type { Committed } from '../port.js';
import type { Partition, Progress } from './partition.js';

/** A partition number, and the progress to commit. */
export type Uncommitted = Committed & Progress;

/** The partitions of a member, and lost partitions whose calls are still running. */
export class Held {
  readonly #of: Pick<Subscription, 'topic' | 'group' | 'member'>;
  readonly #partitions = new Map<number, Partition>();
  readonly #lost = new Set<Partition>();

  constructor(of: Pick<Subscription, 'topic' | 'group' | 'member'>) {
    this.#of = of;
  }

  get(number: number): Partition | undefined {
    return this.#partitions.get(number);
  }

  /** Replaces the partition of this number. */
  set(number: number, partition: Partition): void {
    this.forget([number]);
    this.#partitions.set(number, partition);
  }

  /** The partitions with their numbers: those of `numbers`, or all. */
  entries(numbers?: readonly number[]): readonly (readonly [number, Partition])[] {
    const all = [...this.#partitions];
    return numbers === undefined ? all : all.filter(([number]) => numbers.includes(number));
  }

  /** All partitions that may have running calls. */
  all(): readonly Partition[] {
    return [...this.#partitions.values(), ...this.#lost];
  }

  /** Stops committing these partitions. Their running calls are only waited for at the end. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) {
      const partition = this.#partitions.get(number);
      if (partition !== undefined && partition.open > 0) this.#lost.add(partition);
      this.#partitions.delete(number);
    }
  }

  /** Call this when a call of the partition has ended. */
  ended(partition: Partition): void {
    if (partition.open === 0) this.#lost.delete(partition);
  }

  uncommitted(): readonly Uncommitted[] {
    return [...this.#partitions].flatMap(([partition, { toCommit }]) =>
      toCommit === undefined ? [] : [{ partition, ...toCommit }],
    );
  }

  /** Whether these partitions have uncommitted progress. Lost partitions do not count. */
  isUncommitted(partitions: readonly Partition[]): boolean {
    return [...this.#partitions.values()].some((each) => partitions.includes(each) && each.toCommit !== undefined);
  }

  /** Aborts the calls of these partitions with the reason. */
  abort(partitions: readonly Partition[], reason: string, Kind: new (message: string) => Error = Error): void {
    const { member, group, topic } = this.#of;
    const error = new Kind(`Member ${member} of group ${group} on topic ${topic} gives up its records: ${reason}.`);
    for (const partition of partitions) partition.lost.abort(error);
  }
}

/** The number of running calls of these partitions. */
export function openIn(partitions: readonly Partition[]): number {
  return partitions.reduce((sum, { open }) => sum + open, 0);
}
