import type { Subscription } from '../core/backend.js';
import type { EntryId } from './records/entry-id.js';
import type { GroupWithoutMembers } from './retention/trim.js';

/** A report about the server or a stream for the operator. */
export interface RedisReport {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** The fields in the order in which they are shown. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}

export type GroupOf = Pick<Subscription, 'topic' | 'group'>;

/** Reports of this backend. Each method chooses the level and the text. */
export interface Reporter {
  /** Entries were removed from the stream while they were pending. */
  deleted(of: GroupOf, ids: readonly EntryId[]): void;
  /** The group or the stream was gone and was created again. */
  restored(of: GroupOf, position: EntryId): void;
  /** Something moved the group past entries that no member received. */
  jumped(of: GroupOf, from: EntryId, to: EntryId, missed: number): void;
  /** Something moved the group back. */
  wentBack(of: GroupOf, from: EntryId, to: EntryId): void;
  /** Entries that no member received were trimmed. */
  gap(of: GroupOf, missed: number): void;
  /** A group has had no member for a long time. */
  withoutMembers(topic: string, state: GroupWithoutMembers): void;
  say(report: RedisReport): void;
}

export function reporter(observe: (report: RedisReport) => void): Reporter {
  return {
    deleted: ({ topic, group }, ids) =>
      observe({
        level: 'error',
        what: 'Entries were deleted from the stream before this group had handled them; they are lost for this group',
        fields: [
          ['topic', topic],
          ['group', group],
          ['count', ids.length],
          ['first', ids[0]],
        ],
      }),
    restored: ({ topic, group }, position) =>
      observe({
        level: 'error',
        what: 'The group was missing and was created again at its last position; pending entries will be handled again',
        fields: [
          ['topic', topic],
          ['group', group],
          ['position', position],
        ],
      }),
    jumped: ({ topic, group }, from, to, missed) =>
      observe({
        level: 'error',
        what:
          'Something moved the group past entries that none of its members received, for example XGROUP SETID of a Python member that starts without ' +
          'check_backlog\. To handle these entries, stop the members and move the group back with `event-bus move`',
        fields: [
          ['topic', topic],
          ['group', group],
          ['missed', missed],
          ['from', from],
          ['to', to],
        ],
      }),
    wentBack: ({ topic, group }, from, to) =>
      observe({
        level: 'warn',
        what: 'Another process moved the group back; entries will be handled again',
        fields: [
          ['topic', topic],
          ['group', group],
          ['from', from],
          ['to', to],
        ],
      }),
    gap: ({ topic, group }, missed) =>
      observe({
        level: 'error',
        what: 'Entries were trimmed from the stream before any member of this group received them; check for a publisher that sets MAXLEN, such as EVENT_BUS_REDIS_STREAM_MAX_LEN of a Python producer',
        fields: [
          ['topic', topic],
          ['group', group],
          ['missed', missed],
        ],
      }),
    withoutMembers: (topic, { group, state, forMs }) =>
      observe({
        level: 'warn',
        what:
          state === 'expired'
            ? 'A group has had no members for too long; its old entries are now removed'
            : 'A group has no members; its old entries will soon be removed, although it has not handled them\. Start a member, or remove the group with XGROUP DESTROY',
        fields: [
          ['topic', topic],
          ['group', group],
          ['without_members_for_s', Math.round(forMs / 1000)],
        ],
      }),
    say: observe,
  };
}
