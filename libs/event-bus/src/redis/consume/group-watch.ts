import { countBetween } from '../admin/counting.js';
import { compareIds, type EntryId, idBefore } from '../records/entry-id.js';
import { groupKey } from '../keys.js';
import type { JoinedMember, MemberContext } from './joined-member.js';
import { REMEMBER } from '../client/scripts.js';
import { type GroupState, groupStateSince } from '../admin/group-state.js';

/**
 * Reports when something else moves the group or removes entries that the group has not received. Stores the position
 * of the group.
 */
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

  /** The position of the group at the last check. Everything up to it was settled. */
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
    // If the server kept count, it delivered all entries passed. If it lost count and found it again, its count
    // includes skipped entries. In both cases there is nothing to find, and counting all entries would cost the server
    // much time.
    if (before.entriesRead !== null && now.entriesRead !== null) return;
    if (now.entriesRead === null && compareIds(now.maxDeletedId, before.delivered) > 0) return;
    // The server loses count at XGROUP SETID and finds it again when it next delivers an entry.
    const read = now.entriesRead === null ? own : now.entriesRead - readBefore;
    const passed = await countBetween(connection, topic, before.delivered, now.delivered);
    if (passed > read) reporter.jumped(this.#joined, before.delivered, now.delivered, passed - read);
  }

  /** Entries are normally removed from the front. Removed entries that the group had not received are lost to it. */
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

/**
 * The number of entries that the group has received or skipped; `null` if unknown. For a group that has read nothing
 * yet, the server does not know the number. It follows from the lengths if the group stands at an end of the stream.
 */
function readBy({ entriesRead, entriesAdded, length, firstId, lastId, delivered }: GroupState): number | null {
  if (entriesRead !== null) return entriesRead;
  if (compareIds(delivered, lastId) >= 0) return entriesAdded;
  return firstId !== undefined && compareIds(delivered, firstId) < 0 ? entriesAdded - length : null;
}
