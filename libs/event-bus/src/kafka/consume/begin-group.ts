import type { Subscription } from '../../core/backend.js';
import { createGroup } from '../admin/groups.js';
import type { Client } from '../port.js';
import { missingForAny } from '../records/compression.js';
import type { ConsumeReporter } from './reports.js';

/**
 * Gives a new group its position, and reports what an operator should know when a member starts: codecs that are
 * missing, and how long the brokers keep the offsets of the group. Does nothing for a group that this client has begun
 * before.
 *
 * A group with a position in any partition is not new: partitions without one were added later, and are read from their
 * beginning.
 */
export async function beginGroup(
  client: Client,
  { topic, group, start }: Subscription,
  say: ConsumeReporter,
): Promise<void> {
  const { admin, begun } = client;
  const key = `${group} ${topic}`;
  // A deleted topic is waited for. Creating it again is up to whoever deleted it.
  if (begun.has(key)) return;
  const hasPlace = (await admin.hasTopic(topic)) && (await admin.committed(topic, group)).size > 0;
  if (!hasPlace) await createGroup(client, topic, group, start);
  begun.add(key);
  for (const missing of await missingForAny()) say.cannotDecompress(missing);
  // In parallel, because a user without this right may consume all the same.
  const sayKept = (forMs: number | undefined) => forMs !== undefined && say.offsetsKept(forMs);
  void admin.offsetsRetentionMs().then(sayKept, () => undefined);
}
