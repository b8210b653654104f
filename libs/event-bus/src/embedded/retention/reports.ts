import type { Group } from '../groups/groups.js';
import type { Report } from '../thread/protocol.js';

/** A group is close to its expiry and holds records. */
export function expiring(group: Group): Report {
  return report(
    'warn',
    'A group has no members; its old events will soon be removed, although it has not handled them\. Start a member, or move the group to its end with event-bus move',
    group,
    ['without_members_for_s', seconds(group.idleMs)],
  );
}

/** Records were removed that an expired group had not settled. */
export function expired(group: Group, count: number): Report {
  return report(
    'error',
    'Old events were removed although a group had not handled them, because the group has had no members for too long',
    group,
    ['count', count],
    ['without_members_for_s', seconds(group.idleMs)],
  );
}

/** A member has joined a group that had expired. */
export function missed(group: Group, count: number): Report {
  return report(
    'error',
    'While this group had no members, old events that it had not handled were removed; it continues with the oldest event that is left',
    group,
    ['count', count],
    ['position', group.cursor],
  );
}

/** A member has come to a topic that nobody has ever published to. */
export function neverPublished(group: Group, path: string): Report {
  return report(
    'warn',
    'Nobody has published to this topic yet; if a publisher runs, check that it has the same file and topic',
    group,
    ['path', path],
  );
}

/** Dead letters will soon be too old. */
export function deadLettersAging(topic: string, count: number, removedInMs: number): Report {
  return {
    level: 'warn',
    what: 'Old dead letters will be removed soon: publish those that you still need again, or set a longer EVENT_BUS_DEAD_LETTER_RETENTION',
    fields: [
      ['topic', topic],
      ['count', count],
      ['removed_in_s', seconds(removedInMs)],
    ],
  };
}

export function deadLettersRemoved(topic: string, count: number): Report {
  return {
    level: 'info',
    what: 'Old dead letters were removed',
    fields: [
      ['topic', topic],
      ['count', count],
    ],
  };
}

export function failed(error: Error): Report {
  return {
    level: 'warn',
    what: 'Could not remove old events, will try again',
    fields: [['error', error.message]],
  };
}

function report(level: Report['level'], what: string, { topic, name }: Group, ...fields: Report['fields']): Report {
  return { level, what, fields: [['topic', topic.name], ['group', name], ...fields] };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
