/**
 * The key of a group's state. All keys of a topic are in the hash slot of its stream.
 *
 * The state is a hash with these fields:
 *
 * - `member:<name>`: `<end of its lease in ms> <token of its process>`
 * - `position`: the position of the group when a member last looked
 * - `since`: the id before the first entry after the last move, or before the first entry of all
 * - `passed`: the ranges of ids settled before that, as JSON
 * - `once:<reason>`: the time of a move with this `once` key, in ms
 * - `seen`: when the group last had a member, in ms
 * - `told`: which state of that kind was reported last
 */
export function groupKey(topic: string, group: string): string {
  return `${tagged(topic)}:event-bus:group:${group}`;
}

/** A hash that all topics share: fingerprint of a schema → its text. */
export const SCHEMAS_KEY = 'event-bus:schemas';

/** The key of the lease for groups with one active member (`isExclusive`). */
export function exclusiveKey(topic: string, group: string): string {
  return `${tagged(topic)}:event-bus:exclusive:${group}`;
}

/**
 * A hash: `until` is the id below which the topic's dead letters will be removed, `at` the time of the warning in ms.
 */
export function noticeKey(topic: string): string {
  return `${tagged(topic)}:event-bus:notice`;
}

function tagged(topic: string): string {
  return topic.includes('{') ? topic : `{${topic}}`;
}
