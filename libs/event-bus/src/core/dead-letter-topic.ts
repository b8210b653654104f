import { createHash } from 'node:crypto';

const ENDING = '-dead-letters';
/** Kafka's limit; the other brokers take more, but a topic has one name on all. */
const MAX_LENGTH = 249;

/**
 * The topic that holds what `group` set aside from `topic`, a full name. No two groups share it.
 *
 * It is `<topic>-<group>-dead-letters` where that can mean no other topic and group; else `<topic>-<group>-<hash>-dead-letters`, with eight
 * hexadecimal digits, all other characters than letters, digits, `.`, `_` and `-` as `_`, and over-long names cut.
 */
export function deadLetterTopic(topic: string, group: string): string {
  const plain = `${topic}-${group}${ENDING}`;
  return isPlain(topic, group) && plain.length <= MAX_LENGTH ? plain : hashed(plain, JSON.stringify([topic, group]));
}

/** All topics that may hold what `group` set aside from `topic`: the present one, then that of earlier versions, if it is another. */
export function deadLetterTopics(topic: string, group: string): readonly string[] {
  const plain = `${topic}-${group}${ENDING}`;
  const earlier = legal(plain) === plain && plain.length <= MAX_LENGTH ? plain : hashed(plain, plain);
  return [...new Set([deadLetterTopic(topic, group), earlier])];
}

/** Whether the topic, a full name, is one of dead letters, whatever its topic and group. */
export function isDeadLetterTopic(topic: string): boolean {
  return topic.endsWith(ENDING);
}

/**
 * Without a hyphen in the group, the last one before the ending is what separates the two. A group with a dot has no plain name either: to Kafka
 * `a.b` and `a_b` are the same in the names of its metrics, so that it does not have two topics that differ in nothing else.
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
