import type { Subscription } from '../../core/backend.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { groupKey } from '../keys.js';
import { LEAVE, RENEW, TAKE_NAME, UNCOUNT } from '../client/scripts.js';

/** The names that the members of one backend have now; two members never share one. */
export type NamesInUse = Set<string>;

/** What members of one backend had in hand when the server could not be told that they leave, by name. */
export type Unreturned = Map<string, readonly EntryId[]>;

/** A member's name within its group, held by a lease. */
export interface LeasedName {
  readonly name: string;
  /** Keeps the name, and the entries, for another lease; answers with those that are another member's by now, or `undefined` when the name is. */
  renew(ids: readonly EntryId[]): Promise<readonly EntryId[] | undefined>;
  /** Gives back what it owns, and the name. When it rejects, `inHand` is kept as by {@link forget}. */
  leave(inHand: readonly EntryId[]): Promise<void>;
  /**
   * Gives the name up here without a word to the server, where the lease keeps others from it. The next member of this process that has the
   * name gives back what is still pending under it, and says of what it had in hand that nobody has vanished with it.
   */
  forget(inHand: readonly EntryId[]): void;
}

export interface LeasedNameOptions {
  readonly connection: Connection;
  /** Tells this process's members from others of the same name. */
  readonly token: string;
  readonly leaseMs: number;
  readonly inUse: NamesInUse;
  readonly unreturned: Unreturned;
}

/** How many entries are renewed in one go, so that the server is not held up. */
const RENEWED_AT_ONCE = 500;

/**
 * Joins under the subscription's name, or under that name with a number while a living member has it: entries that are pending under a
 * name are taken for the work of a predecessor.
 */
export async function leaseName(
  { topic, group, member }: Pick<Subscription, 'topic' | 'group' | 'member'>,
  { connection, token, leaseMs, inUse, unreturned }: LeasedNameOptions,
): Promise<LeasedName> {
  const keys = [topic, groupKey(topic, group)];
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? member : `${member}-${n}`;
    const use = JSON.stringify([topic, group, name]);
    if (inUse.has(use)) continue;
    inUse.add(use);
    let isTaken = false;
    try {
      await giveBack(name, use);
      isTaken = (await connection.run(TAKE_NAME, keys, name, token, leaseMs)) === 1;
    } finally {
      if (!isTaken) inUse.delete(use);
    }
    if (!isTaken) continue;
    return {
      name,
      async renew(ids) {
        const lost: EntryId[] = [];
        for (let from = 0; from === 0 || from < ids.length; from += RENEWED_AT_ONCE) {
          const some = ids.slice(from, from + RENEWED_AT_ONCE);
          const answer = await connection.run(RENEW, keys, group, name, token, leaseMs, ...some);
          const [isMember, others] = answer as [number, readonly EntryId[]];
          if (isMember === 0) return undefined;
          lost.push(...others);
        }
        return lost;
      },
      async leave(inHand) {
        unreturned.set(use, inHand);
        try {
          await giveBack(name, use);
        } finally {
          inUse.delete(use);
        }
      },
      forget(inHand) {
        unreturned.set(use, inHand);
        inUse.delete(use);
      },
    };
  }

  /** What a member of this name has not given back yet, if anything. */
  async function giveBack(name: string, use: string): Promise<void> {
    for (let inHand = unreturned.get(use); inHand !== undefined && inHand.length > 0; inHand = unreturned.get(use)) {
      await connection.run(UNCOUNT, keys, group, name, ...inHand.slice(0, RENEWED_AT_ONCE));
      unreturned.set(use, inHand.slice(RENEWED_AT_ONCE));
    }
    if (unreturned.has(use)) await connection.run(LEAVE, keys, group, name, token);
    unreturned.delete(use);
  }
}
