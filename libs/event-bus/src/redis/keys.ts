/**
 * Keys beside a stream, in the same hash slot of a cluster.
 *
 * The state of a group is a hash: `member:<name>` is `<end of its lease in ms> <token of its process>`, `position` where it stood when a
 * member last looked, `since` the id before the entry with which it began after its last move or at all, `passed` the ranges of ids, as
 * JSON, that it had settled before that, and `once:<reason>` what it was moved for.
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

function tagged(topic: string): string {
  return topic.includes('{') ? topic : `{${topic}}`;
}
