import { createHash } from 'node:crypto';

/** Kafka's limit; the other brokers take more, but a topic has one name on all. */
const MAX_LENGTH = 249;

/**
 * The topic that holds what `group` set aside from `topic`, a full name: `<topic>-<group>-dead-letters`.
 *
 * Characters of a group name that no broker's topic may have become `_`, and an over-long name is cut; such a name gets a hash, so that no two groups share it.
 */
export function deadLetterTopic(topic: string, group: string): string {
  const plain = `${topic}-${group}-dead-letters`;
  const legal = plain.replace(/[^a-zA-Z0-9._-]/g, '_');
  if (legal === plain && plain.length <= MAX_LENGTH) return plain;
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  const tail = `-${hash}-dead-letters`;
  return legal.slice(0, -'-dead-letters'.length).slice(0, MAX_LENGTH - tail.length) + tail;
}
