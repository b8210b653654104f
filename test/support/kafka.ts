import kafkajs, { type AclOperationTypes } from 'kafkajs';
import { until } from 'nest-event-bus/testing';

/** The settings for a Kafka and its registry instead of the embedded file. The audit log is off. */
export function kafkaEnv(servers: string, registry: string): Readonly<Record<string, string>> {
  return {
    EVENT_BUS_PRODUCER: 'kafka',
    EVENT_BUS_CONSUMER: 'kafka',
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: servers,
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registry,
    EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED: 'false',
    EVENT_BUS_KAFKA_SESSION_TIMEOUT: '6',
  };
}

/**
 * Creates a topic with this number of partitions, and of copies, by default as the broker says. Resolves when each
 * partition has a leader that answers.
 */
export async function makeTopic(servers: string, topic: string, partitions: number, copies = -1): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  // Other brokers learn of the topic later. Their errors until then end kafkajs's own wait.
  const leaders = async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    return (topics[0]?.partitions ?? []).filter(({ leader }) => leader >= 0).length;
  };
  // A named leader may still refuse, because it has not heard of its role.
  const answers = async () =>
    (await leaders()) === partitions && (await admin.fetchTopicOffsets(topic).catch(() => [])).length === partitions;
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: copies }],
    });
    await until(answers, { withinMs: 30_000, what: `the leaders of topic ${topic}` });
  } finally {
    await admin.disconnect();
  }
}

/** Grants a user only Read on a topic. */
export function allowToRead(servers: string, topic: string, user: string): Promise<void> {
  return allow(kafkajs.AclOperationTypes.READ, { servers, topic, user });
}

/** Grants a user only Write on a topic. */
export function allowToWrite(servers: string, topic: string, user: string): Promise<void> {
  return allow(kafkajs.AclOperationTypes.WRITE, { servers, topic, user });
}

interface Grant {
  readonly servers: string;
  readonly topic: string;
  readonly user: string;
}

async function allow(operation: AclOperationTypes, { servers, topic, user }: Grant): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const acl = {
      resourceType: kafkajs.AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation,
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    };
    await admin.createAcls({ acl: [acl] });
  } finally {
    await admin.disconnect();
  }
}
