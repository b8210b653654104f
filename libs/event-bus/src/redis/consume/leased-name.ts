import type { Subscription } from '../../core/backend.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { groupKey } from '../keys.js';
import { LEAVE, RENEW, TAKE_NAME, UNCOUNT } from '../client/scripts.js';

/** The names in use by members of one backend. No two members share a name. */
export type NamesInUse = Set<string>;

/** Name → entries that a member had in hand when it could not tell the server that it leaves. */
export type Unreturned = Map<string, readonly EntryId[]>;

/** A member's name within its group, held by a lease. */
export interface LeasedName {
  readonly name: string;
  /**
   * Renews the name and the entries for another lease. Resolves with the entries that other members own now, or with
   * `undefined` if another member has the name.
   */
  renew(ids: readonly EntryId[]): Promise<readonly EntryId[] | undefined>;
  /** Returns the entries and releases the name. If it rejects, `inHand` is remembered as by {@link forget}. */
  leave(inHand: readonly EntryId[]): Promise<void>;
  /**
   * Releases the name in this process without telling the server; the lease protects it there. The next member of this
   * process with the same name returns the entries still pending under it. For the entries in `inHand` it also corrects
   * the count of members that vanished.
   */
  forget(inHand: readonly EntryId[]): void;
}

export interface LeasedNameOptions {
  readonly connection: Connection;
  /** Identifies the members of this process among others of the same name. */
  readonly token: string;
  readonly leaseMs: number;
  readonly inUse: NamesInUse;
  readonly unreturned: Unreturned;
}

/** The number of entries per renewal request, so that one script does not block the server for long. */
const RENEWED_AT_ONCE = 500;

/**
 * Joins under the subscription's name. If a living member has that name, joins under `<name>-2`, `<name>-3`, …, because
 * entries pending under a name count as the work of a predecessor.
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

  /** Returns the entries that earlier members of this name could not return. */
  async function giveBack(name: string, use: string): Promise<void> {
    for (let inHand = unreturned.get(use); inHand !== undefined && inHand.length > 0; inHand = unreturned.get(use)) {
      await connection.run(UNCOUNT, keys, group, name, ...inHand.slice(0, RENEWED_AT_ONCE));
      unreturned.set(use, inHand.slice(RENEWED_AT_ONCE));
    }
    if (unreturned.has(use)) await connection.run(LEAVE, keys, group, name, token);
    unreturned.delete(use);
  }
}
