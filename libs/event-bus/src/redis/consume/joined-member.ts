import type { Subscription } from '../../core/backend.js';
import type { Range } from '../../core/settled-ranges.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { acquire, type Exclusivity } from './exclusivity.js';
import { createGroup } from '../admin/groups.js';
import { EntrySource } from './entry-source.js';
import { leaseName, type NamesInUse, type Unreturned } from './leased-name.js';
import { passedBy } from '../admin/move.js';
import type { Reporter } from '../reporter.js';

/** What a member finds where it works. */
export interface MemberContext {
  readonly connection: Connection;
  openReader(): Connection;
  readonly reporter: Reporter;
  /** Tells this backend's members from others of the same name. */
  readonly token: string;
  readonly inUse: NamesInUse;
  readonly unreturned: Unreturned;
  readonly claimMs: number;
  readonly pollTimeoutMs: number;
  readonly isExclusive: boolean;
}

/** One member of a group while it is joined, under its own name. */
export interface JoinedMember {
  readonly topic: string;
  readonly group: string;
  readonly name: string;
  readonly entrySource: EntrySource;
  /** What the group had settled before it was moved. */
  readonly passed: readonly Range<EntryId>[];
  /** Keeps the entries for another while; answers with those that others have by now, or `undefined` when the member is no longer there. */
  renew(ids: readonly EntryId[]): Promise<readonly EntryId[] | undefined>;
  /** Whether what was just read may be handed over: a process that was stopped for a while may have been replaced. */
  isStillHere(): Promise<boolean>;
  /** Makes the group again that somebody removed, where it stood, or at this position if the server has forgotten that. */
  restoreGroup(position: EntryId | undefined): Promise<void>;
  /** Gives back what is pending under its name; if it rejects, that, and what was in hand, is given back when a member next has the name. */
  leave(inHand: readonly EntryId[]): Promise<void>;
  /** Goes without a word to the server; what was in hand is given back when a member next has the name. */
  forget(inHand: readonly EntryId[]): void;
}

/** Makes the group when it is missing, and joins it; `undefined` when `stop` came first. */
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
    // The one member that may work finds nobody else's entries in hand, however short they have been idle.
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
