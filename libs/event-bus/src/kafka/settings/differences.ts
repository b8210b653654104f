import { AccessRefusedError } from '../../core/errors.js';
import type { Difference, WantedTopics } from '../../settings/topic-plan.js';
import type { KafkaBackend, TopicFacts } from '../index.js';

const REPLICAS = 3;
const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';

/** See `BackendUnit.differences`. Only missing topics can be made: other changes move keys, or remove events. */
export async function kafkaDifferences(backend: KafkaBackend, given: WantedTopics): Promise<readonly Difference[]> {
  const { brokers, settings, topics } = await backend.inspect(given.topics);
  const replicationFactor = given.replicationFactor ?? Math.min(REPLICAS, brokers);
  const minInsyncReplicas = given.minInsyncReplicas ?? Math.max(1, replicationFactor - 1);
  const wanted = { ...given, replicationFactor, minInsyncReplicas };
  const ofBroker: readonly Difference[] =
    settings?.get('auto.create.topics.enable') === 'true'
      ? [
          {
            subject: 'brokers',
            what: 'auto.create.topics.enable is true',
            advice: 'Set it to false, so that a misspelled name creates no topic.',
          },
        ]
      : [];
  return [
    ...ofBroker,
    ...topics.flatMap((topic) =>
      topic.error === MISSING ? [missing(backend, topic, wanted)] : changed(topic, wanted),
    ),
  ];
}

type Wanted = WantedTopics & { readonly replicationFactor: number; readonly minInsyncReplicas: number };

function missing(backend: KafkaBackend, { topic }: TopicFacts, wanted: Wanted): Difference {
  const { partitions, replicationFactor, minInsyncReplicas, retentionMs } = wanted;
  const configs = [
    ['min.insync.replicas', `${minInsyncReplicas}`] as const,
    ...(retentionMs === undefined ? [] : [['retention.ms', `${retentionMs}`] as const]),
  ];
  const properties = { replicationFactor, configs, ...(partitions === undefined ? {} : { partitions }) };
  return {
    subject: `topic ${topic}`,
    what: `it is missing (wanted: ${partitions ?? 'default'} partitions, replication factor ${replicationFactor}, ${configs.map((pair) => pair.join(' ')).join(', ')})`,
    make: () => backend.createTopic(topic, properties),
  };
}

function changed(topic: TopicFacts, wanted: Wanted): readonly Difference[] {
  const subject = `topic ${topic.topic}`;
  if (topic.error !== undefined)
    throw new AccessRefusedError(`Kafka: this user may not see topic ${topic.topic} (${topic.error}): grant Describe.`);
  const { partitions, replicationFactor, minInsyncReplicas, retentionMs } = wanted;
  const differences: Difference[] = [];
  const compare = (name: string, is: number | undefined, want: number | undefined, advice: string) => {
    if (is === undefined || want === undefined || is === want) return;
    differences.push({ subject, what: `${name} is ${is}, wanted ${want}`, advice });
  };
  const setting = (name: string) => (topic.settings === undefined ? undefined : Number(topic.settings.get(name)));
  compare('number of partitions', topic.partitions, partitions, MORE_PARTITIONS);
  compare('replication factor', topic.replicas, replicationFactor, 'Use kafka-reassign-partitions.');
  compare('min.insync.replicas', setting('min.insync.replicas'), minInsyncReplicas, 'Use kafka-configs.');
  compare('retention.ms', setting('retention.ms'), retentionMs, 'Use kafka-configs. A lower value removes events.');
  return differences;
}

const MORE_PARTITIONS =
  'Use kafka-topics --alter. It moves keys to other partitions, so that their order is lost for a while.';
