import type { Subscription } from '../../core/backend.js';
import type { Committed } from '../port.js';
import type { Partition, Progress } from './partition.js';

/** A partition's number, and what of it is to be committed. */
export type Uncommitted = Committed & Progress;

/** The partitions that a member works on, and those that it has lost while calls of theirs run. */
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

  /** In the place of what has this number now. */
  set(number: number, partition: Partition): void {
    this.forget([number]);
    this.#partitions.set(number, partition);
  }

  /** With their numbers, those of these numbers or all. */
  entries(numbers?: readonly number[]): readonly (readonly [number, Partition])[] {
    const all = [...this.#partitions];
    return numbers === undefined ? all : all.filter(([number]) => numbers.includes(number));
  }

  /** All of which calls may run. */
  all(): readonly Partition[] {
    return [...this.#partitions.values(), ...this.#lost];
  }

  /** Nothing of these is committed any more, and what of them still runs is waited for only at the end. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) {
      const partition = this.#partitions.get(number);
      if (partition !== undefined && partition.open > 0) this.#lost.add(partition);
      this.#partitions.delete(number);
    }
  }

  /** A call of the partition has ended. */
  ended(partition: Partition): void {
    if (partition.open === 0) this.#lost.delete(partition);
  }

  uncommitted(): readonly Uncommitted[] {
    return [...this.#partitions].flatMap(([partition, { toCommit }]) =>
      toCommit === undefined ? [] : [{ partition, ...toCommit }],
    );
  }

  /** Whether something of these is to be committed, unless they are lost. */
  isUncommitted(partitions: readonly Partition[]): boolean {
    return [...this.#partitions.values()].some((each) => partitions.includes(each) && each.toCommit !== undefined);
  }

  /** Tells those that work on these why they lose them. */
  abort(partitions: readonly Partition[], reason: string, Kind: new (message: string) => Error = Error): void {
    const { member, group, topic } = this.#of;
    const error = new Kind(`Member ${member} of group ${group} on topic ${topic} gives up its records: ${reason}.`);
    for (const partition of partitions) partition.lost.abort(error);
  }
}

/** How many calls of these run. */
export function openIn(partitions: readonly Partition[]): number {
  return partitions.reduce((sum, { open }) => sum + open, 0);
}
