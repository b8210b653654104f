import { writeSubscription } from '../../protocol/consumer-protocol.js';
import { type Assignor, type Member, membersByTopic } from './assignor.js';

/**
 * The cooperative sticky assignor, with the name and format of librdkafka and Kafka's own clients (KIP-429).
 *
 * A member keeps its partitions as far as that is fair. A partition moves in two steps: first its owner gives it back
 * and joins again, then another member gets it.
 */
export const COOPERATIVE_STICKY: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  subscription: ({ topic, owned, generation }) => {
    // Java reads the generation from the user data; librdkafka reads it from behind the owned partitions.
    const userData = Buffer.alloc(4);
    userData.writeInt32BE(generation);
    const held = new Map(owned.length === 0 ? [] : [[topic, owned]]);
    return writeSubscription(3, { topics: [topic], userData, owned: held, generation });
  },
  assign(members, counts) {
    const owners = new Owners(members, counts);
    const held = new Map(members.map(({ memberId }) => [memberId, new Map<string, readonly number[]>()]));
    for (const [topic, interested] of membersByTopic(members))
      for (const partition of range(counts.get(topic) ?? 0))
        if (owners.of(topic, partition) === undefined) owners.give(topic, partition, interested);
    owners.balance(membersByTopic(members));
    for (const { topic, partition, owner } of owners.all()) {
      // If other members claim the partition, they must give it back first.
      if (members.some((each) => each.memberId !== owner && claims(each, topic, partition))) continue;
      const of = held.get(owner);
      of?.set(topic, [...(of.get(topic) ?? []), partition]);
    }
    return held;
  },
};

/** The intended owner of each partition. */
class Owners {
  readonly #owners = new Map<string, Map<number, string>>();
  readonly #loads: Map<string, number>;

  /** Begins with the current owners. If two members claim the same partition, the later generation counts. */
  constructor(members: readonly Member[], counts: ReadonlyMap<string, number>) {
    this.#loads = new Map(members.map(({ memberId }) => [memberId, 0]));
    const since = new Map<string, number>();
    for (const member of members) {
      const generation = generationOf(member);
      for (const [topic, partitions] of member.owned) {
        if (!member.topics.includes(topic)) continue;
        for (const partition of partitions) {
          const key = `${partition} ${topic}`;
          if (partition >= (counts.get(topic) ?? 0) || (since.get(key) ?? -2) >= generation) continue;
          since.set(key, generation);
          this.#set(topic, partition, member.memberId);
        }
      }
    }
  }

  of(topic: string, partition: number): string | undefined {
    return this.#owners.get(topic)?.get(partition);
  }

  /** Gives the partition to the member with the fewest. */
  give(topic: string, partition: number, interested: readonly Member[]): void {
    const [first, ...others] = interested;
    if (first === undefined) return;
    const least = others.reduce((one, other) => (this.#load(other) < this.#load(one) ? other : one), first);
    this.#set(topic, partition, least.memberId);
  }

  /**
   * Moves single partitions from the members with the most to those with the fewest, until no move makes it fairer.
   */
  balance(interested: ReadonlyMap<string, readonly Member[]>): void {
    for (let move = this.#move(interested); move !== undefined; move = this.#move(interested))
      this.#set(move.topic, move.partition, move.to);
  }

  *all(): Generator<{ readonly topic: string; readonly partition: number; readonly owner: string }> {
    for (const [topic, partitions] of this.#owners)
      for (const [partition, owner] of [...partitions].toSorted(([one], [other]) => one - other))
        yield { topic, partition, owner };
  }

  #move(interested: ReadonlyMap<string, readonly Member[]>): Move | undefined {
    let best: Move | undefined;
    let gap = 1;
    for (const [topic, members] of interested) {
      const [first, ...others] = members;
      if (first === undefined) continue;
      const least = others.reduce((one, other) => (this.#load(other) < this.#load(one) ? other : one), first);
      for (const [partition, owner] of this.#owners.get(topic) ?? []) {
        const more = (this.#loads.get(owner) ?? 0) - this.#load(least);
        if (more <= gap) continue;
        gap = more;
        best = { topic, partition, to: least.memberId };
      }
    }
    return best;
  }

  #load({ memberId }: Member): number {
    return this.#loads.get(memberId) ?? 0;
  }

  #set(topic: string, partition: number, owner: string): void {
    const of = this.#owners.get(topic) ?? new Map<number, string>();
    const before = of.get(partition);
    if (before !== undefined) this.#loads.set(before, (this.#loads.get(before) ?? 0) - 1);
    this.#loads.set(owner, (this.#loads.get(owner) ?? 0) + 1);
    this.#owners.set(topic, of.set(partition, owner));
  }
}

interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly to: string;
}

function claims({ owned }: Member, topic: string, partition: number): boolean {
  return owned.get(topic)?.includes(partition) ?? false;
}

/** Older Java members send their generation only in the user data. */
function generationOf({ generation, userData }: Member): number {
  return generation >= 0 || userData.byteLength !== 4 ? generation : Buffer.from(userData).readInt32BE(0);
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}
