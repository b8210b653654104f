import { SettingsError } from '../../core/errors.js';
import { BACKENDS, type EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import type { KafkaBackend } from '../../kafka/kafka.js';

const ON_REDIS = 10;

/** One active member and one that stands by. */
const EXCLUSIVE = 2;

/**
 * Returns how many pods of a group can have work. Asks the broker on Kafka. Rejects with `SettingsError` if it does not
 * know the topic.
 */
export async function maxReplicas(fullTopic: string, settings: EventBusSettings): Promise<number> {
  if (settings.consumer === 'redis') return settings.redisExclusive ? EXCLUSIVE : ON_REDIS;
  const backend = (await BACKENDS.kafka.open(settings, () => undefined)) as KafkaBackend;
  try {
    const partitions = await backend.partitions(fullTopic);
    if (partitions !== undefined) return partitions;
    throw new SettingsError(`There is no topic ${fullTopic}, so its partitions are unknown. Create it, or give --max.`);
  } finally {
    await backend.close();
  }
}
