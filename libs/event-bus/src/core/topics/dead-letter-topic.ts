import { createHash } from 'node:crypto';

const ENDING = '-dead-letters';
/** Kafka's limit. The other brokers allow more, but a topic has the same name on all of them. */
const MAX_LENGTH = 249;

/**
 * The topic for the dead letters of `group` from `topic`, a full name. No two groups share it.
 *
 * The name is `<topic>-<group>-dead-letters` if no other topic and group can have that name. Otherwise it is
 * `<topic>-<group>-<hash>-dead-letters` with a hash of eight hexadecimal digits. Characters other than letters, digits,
 * `.`, `_` and `-` become `_`, and long names are cut.
 */
export function deadLetterTopic(topic: string, group: string): string {
  const plain = `${topic}-${group}${ENDING}`;
  return isPlain(topic, group) && plain.length <= MAX_LENGTH ? plain : hashed(plain, JSON.stringify([topic, group]));
}

/**
 * All topics that may hold the dead letters of `group` from `topic`: the current name, then the name of earlier
 * versions, if it differs.
 */
export function deadLetterTopics(topic: string, group: string): readonly string[] {
  const plain = `${topic}-${group}${ENDING}`;
  const earlier = legal(plain) === plain && plain.length <= MAX_LENGTH ? plain : hashed(plain, plain);
  return [...new Set([deadLetterTopic(topic, group), earlier])];
}

/** Whether the topic, a full name, is a dead-letter topic of any topic and group. */
export function isDeadLetterTopic(topic: string): boolean {
  return topic.endsWith(ENDING);
}

/**
 * Whether topic and group can be read from the name. A group without a hyphen can: the last hyphen before the ending
 * separates the two. A group with a dot gets a hash because of Kafka: its metrics do not distinguish `a.b` from `a_b`,
 * so Kafka refuses two topics that differ only in this.
 */
function isPlain(topic: string, group: string): boolean {
  return /^[a-zA-Z0-9_]+$/.test(group) && legal(topic) === topic;
}

function hashed(plain: string, meaning: string): string {
  const hash = createHash('sha256').update(meaning).digest('hex').slice(0, 8);
  const ending = `-${hash}${ENDING}`;
  return legal(plain)
    .slice(0, -ENDING.length)
    .slice(0, MAX_LENGTH - ending.length)
    .concat(ending);
}

function legal(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]/g, '_');
}
