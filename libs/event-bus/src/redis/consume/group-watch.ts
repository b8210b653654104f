import { countBetween } from '../admin/counting.js';
import { compareIds, type EntryId, idBefore } from '../records/entry-id.js';
import { groupKey } from '../keys.js';
import type { JoinedMember, MemberContext } from './joined-member.js';
import { REMEMBER } from '../client/scripts.js';
import { type GroupState, groupStateSince } from '../admin/group-state.js';

/** Notices when somebody else moves a group, or removes entries that the group has not had. Remembers the group's position. */
export class GroupWatch {
  readonly #context: MemberContext;
  readonly #joined: JoinedMember;
  #before: GroupState | undefined;
  #delivered = 0;
  #position: EntryId | undefined;
  #reportedGap = 0;

  constructor(context: MemberContext, joined: JoinedMember) {
    this.#context = context;
    this.#joined = joined;
  }

  /** Where the group stood when it was last looked at: everything up to it was settled. */
  get position(): EntryId | undefined {
    return this.#position;
  }

  async look(): Promise<void> {
    const { connection } = this.#context;
    const { topic, group } = this.#joined;
    const now = await groupStateSince(connection, topic, group, this.#before?.mark ?? '');
    if (now === undefined) return;
    const { delivered } = this.#joined.entrySource;
    if (this.#before !== undefined) await this.#compare(this.#before, now, delivered - this.#delivered);
    this.#before = now;
    this.#delivered = delivered;
    this.#findGap(now);
    await this.#remember(now);
  }

  async #compare(before: GroupState, now: GroupState, own: number): Promise<void> {
    const { connection, reporter } = this.#context;
    const { topic } = this.#joined;
    const way = compareIds(now.delivered, before.delivered);
    if (way < 0) reporter.wentBack(this.#joined, before.delivered, now.delivered);
    const readBefore = readBy(before);
    if (way <= 0 || readBefore === null) return;
    // A server that has kept count counts what it handed out, and one that lost it and found it again counts what was jumped over as well:
    // then there is nothing to find, and counting every entry that passed is much of the server's time.
    if (before.entriesRead !== null && now.entriesRead !== null) return;
    if (now.entriesRead === null && compareIds(now.maxDeletedId, before.delivered) > 0) return;
    // The server loses count when the position is set by hand, and counts anew with the next entry that it hands out.
    const read = now.entriesRead === null ? own : now.entriesRead - readBefore;
    const passed = await countBetween(connection, topic, before.delivered, now.delivered);
    if (passed > read) reporter.jumped(this.#joined, before.delivered, now.delivered, passed - read);
  }

  /** Entries are removed from the front only; those beyond what the group was given are lost to it. */
  #findGap({ entriesAdded, entriesRead, length, firstId, delivered }: GroupState): void {
    if (entriesRead === null || entriesAdded === 0) return;
    const isAtFront = firstId === undefined || compareIds(delivered, firstId) < 0;
    const gap = isAtFront ? Math.max(0, entriesAdded - length - entriesRead) : 0;
    if (gap > this.#reportedGap) this.#context.reporter.gap(this.#joined, gap - this.#reportedGap);
    this.#reportedGap = gap;
  }

  async #remember({ delivered, oldestPending }: GroupState): Promise<void> {
    const position = oldestPending === undefined ? delivered : idBefore(oldestPending);
    if (position === this.#position) return;
    const { topic, group } = this.#joined;
    await this.#context.connection.run(REMEMBER, [topic, groupKey(topic, group)], position);
    this.#position = position;
  }
}

/** How many entries the group was given or passed; the server itself does not know it of a group that has yet to read, at either end. */
function readBy({ entriesRead, entriesAdded, length, firstId, lastId, delivered }: GroupState): number | null {
  if (entriesRead !== null) return entriesRead;
  if (compareIds(delivered, lastId) >= 0) return entriesAdded;
  return firstId !== undefined && compareIds(delivered, firstId) < 0 ? entriesAdded - length : null;
}
