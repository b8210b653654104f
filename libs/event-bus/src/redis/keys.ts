/**
 * Keys beside a stream, in the same hash slot of a cluster.
 *
 * The state of a group is a hash: `member:<name>` is `<end of its lease in ms> <token of its process>`, `position` where it stood when a
 * member last looked, `since` the id before the entry with which it began after its last move or at all, `passed` the ranges of ids, as
 * JSON, that it had settled before that, `once:<reason>` what it was moved for, `seen` when it last had a member, in ms, and `told` what was
 * reported about that.
 */
export function groupKey(topic: string, group: string): string {
  return `${tagged(topic)}:event-bus:group:${group}`;
}

/** A hash that all streams share: fingerprint of a schema → its text. */
export const SCHEMAS_KEY = 'event-bus:schemas';

/** Held by the one member that works, where only one may. */
export function exclusiveKey(topic: string, group: string): string {
  return `${tagged(topic)}:event-bus:exclusive:${group}`;
}

/** A hash: `until` the id below which a topic's dead letters will be removed, `at` when that was told, in ms. */
export function noticeKey(topic: string): string {
  return `${tagged(topic)}:event-bus:notice`;
}

function tagged(topic: string): string {
  return topic.includes('{') ? topic : `{${topic}}`;
}
