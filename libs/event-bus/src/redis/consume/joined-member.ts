import type { Subscription } from '../../core/backend.js';
import type { Range } from '../../core/member/settled-ranges.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { acquire, type Exclusivity } from './exclusivity.js';
import { createGroup } from '../admin/groups.js';
import { EntrySource } from './entry-source.js';
import { leaseName, type NamesInUse, type Unreturned } from './leased-name.js';
import { passedBy } from '../admin/move.js';
import type { Reporter } from '../reporter.js';

/** The parts of the backend that its members use. */
export interface MemberContext {
  readonly connection: Connection;
  openReader(): Connection;
  readonly reporter: Reporter;
  /** Identifies the members of this backend among others of the same name. */
  readonly token: string;
  readonly inUse: NamesInUse;
  readonly unreturned: Unreturned;
  readonly claimMs: number;
  readonly pollTimeoutMs: number;
  readonly isExclusive: boolean;
}

/** A member while it has joined its group under its own name. */
export interface JoinedMember {
  readonly topic: string;
  readonly group: string;
  readonly name: string;
  readonly entrySource: EntrySource;
  /** The ranges that the group had settled before its last move. */
  readonly passed: readonly Range<EntryId>[];
  /**
   * Renews the lease and the entries. Resolves with the entries that other members own now, or with `undefined` if the
   * member has lost its name.
   */
  renew(ids: readonly EntryId[]): Promise<readonly EntryId[] | undefined>;
  /** Whether entries that were just read may be handed over. A suspended process may have been replaced meanwhile. */
  isStillHere(): Promise<boolean>;
  /** Restores a group that was removed: at its stored position, or at `position` if the server has forgotten it. */
  restoreGroup(position: EntryId | undefined): Promise<void>;
  /**
   * Returns all pending entries of this member to the group. If that fails, the next member with this name returns
   * them, `inHand` included.
   */
  leave(inHand: readonly EntryId[]): Promise<void>;
  /** Leaves without telling the server. The next member with this name returns the entries in hand. */
  forget(inHand: readonly EntryId[]): void;
}

/** Joins the group and creates it if it does not exist. Resolves with `undefined` if `stop` aborts first. */
export async function joinGroup(
  context: MemberContext,
  { topic, group, start, member }: Subscription,
  stop: AbortSignal,
): Promise<JoinedMember | undefined> {
  const { connection, claimMs, pollTimeoutMs, isExclusive, reporter } = context;
  await createGroup(connection, { topic, group, start, reporter });
  let exclusivity: Exclusivity | undefined;
  if (isExclusive) {
    exclusivity = await acquire(connection, { topic, group, leaseMs: claimMs }, stop);
    if (exclusivity === undefined) return undefined;
  }
  const leasedName = await leaseName({ topic, group, member }, { ...context, leaseMs: claimMs }).catch(
    async (error: unknown) => {
      await exclusivity?.release().catch(() => undefined);
      throw error;
    },
  );
  const { name } = leasedName;
  const reader = context.openReader();
  const forget = (inHand: readonly EntryId[]) => {
    leasedName.forget(inHand);
    reader.close();
  };
  try {
    const { ranges: passed } = await passedBy(connection, topic, group);
    // With exclusivity no other member is active, so pending entries of others can be claimed at once.
    const idleMs = isExclusive ? 0 : claimMs;
    const place = { reader, connection, reporter, topic, group, name };
    const entrySource = await EntrySource.open({ ...place, claimMs: idleMs, pollTimeoutMs });
    return {
      topic,
      group,
      name,
      entrySource,
      passed,
      async renew(ids) {
        if (exclusivity !== undefined && !(await exclusivity.renew())) return undefined;
        return leasedName.renew(ids);
      },
      isStillHere: async () => exclusivity === undefined || !exclusivity.isDue() || exclusivity.renew(),
      restoreGroup: async (position) => {
        await createGroup(connection, { topic, group, start, position, reporter });
      },
      async leave(inHand) {
        try {
          await leasedName.leave(inHand);
          await exclusivity?.release();
        } finally {
          reader.close();
        }
      },
      forget,
    };
  } catch (error) {
    await leasedName.leave([]).catch(() => undefined);
    await exclusivity?.release().catch(() => undefined);
    reader.close();
    throw error;
  }
}
