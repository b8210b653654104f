import type { Subscription } from '../core/backend.js';
import type { Range } from '../core/passed.js';
import type { Connection } from './connection.js';
import type { EntryId } from './entry-id.js';
import { acquire, type Exclusivity } from './exclusivity.js';
import { createGroup } from './groups.js';
import { Inflow } from './inflow.js';
import { join, type NamesInUse } from './membership.js';
import { passedBy } from './move.js';
import type { Reporter } from './reporter.js';

/** What a member finds where it works. */
export interface Surroundings {
  readonly connection: Connection;
  openReader(): Connection;
  readonly reporter: Reporter;
  /** Tells this backend's members from others of the same name. */
  readonly token: string;
  readonly inUse: NamesInUse;
  readonly claimMs: number;
  readonly pollTimeoutMs: number;
  readonly isExclusive: boolean;
}

/** A member that is there, under its name. */
export interface Presence {
  readonly topic: string;
  readonly group: string;
  readonly name: string;
  readonly inflow: Inflow;
  /** What the group had settled before it was moved. */
  readonly passed: readonly Range<EntryId>[];
  /** Keeps the entries for another while; answers with those that others have by now, or `undefined` when the member is no longer there. */
  renew(ids: readonly EntryId[]): Promise<readonly EntryId[] | undefined>;
  /** Whether what was just read may be handed over: a process that was stopped for a while may have been replaced. */
  isStillHere(): Promise<boolean>;
  /** Makes the group again that somebody removed, where it stood, or at this position if the server has forgotten that. */
  restoreGroup(position: EntryId | undefined): Promise<void>;
  leave(): Promise<void>;
  forget(): void;
}

/** Makes the group when it is missing, and joins it; `undefined` when `stop` came first. */
export async function enter(
  surroundings: Surroundings,
  { topic, group, start, member }: Subscription,
  stop: AbortSignal,
): Promise<Presence | undefined> {
  const { connection, claimMs, pollTimeoutMs, isExclusive, reporter } = surroundings;
  await createGroup(connection, { topic, group, start, reporter });
  let exclusivity: Exclusivity | undefined;
  if (isExclusive) {
    exclusivity = await acquire(connection, { topic, group, leaseMs: claimMs }, stop);
    if (exclusivity === undefined) return undefined;
  }
  const membership = await join({ topic, group, member }, { ...surroundings, leaseMs: claimMs }).catch(
    async (error: unknown) => {
      await exclusivity?.release().catch(() => undefined);
      throw error;
    },
  );
  const { name } = membership;
  const reader = surroundings.openReader();
  const forget = () => {
    membership.forget();
    reader.close();
  };
  try {
    const { ranges: passed } = await passedBy(connection, topic, group);
    // The one member that may work finds nobody else's entries in hand, however short they have been idle.
    const inflowOptions = { reader, connection, topic, group, name, claimMs: isExclusive ? 0 : claimMs, pollTimeoutMs };
    const inflow = await Inflow.open(inflowOptions);
    return {
      topic,
      group,
      name,
      inflow,
      passed,
      async renew(ids) {
        if (exclusivity !== undefined && !(await exclusivity.renew())) return undefined;
        return membership.renew(ids);
      },
      isStillHere: async () => exclusivity === undefined || !exclusivity.isDue() || exclusivity.renew(),
      restoreGroup: async (position) => {
        await createGroup(connection, { topic, group, start, position, reporter });
      },
      async leave() {
        try {
          await membership.leave();
          await exclusivity?.release();
        } finally {
          forget();
        }
      },
      forget,
    };
  } catch (error) {
    await membership.leave().catch(() => undefined);
    await exclusivity?.release().catch(() => undefined);
    forget();
    throw error;
  }
}
