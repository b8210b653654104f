import kafkajs from 'kafkajs';
import { until } from './wait.mjs';

const CALM_MS = 90_000;

/**
 * Administrative calls of the scenarios to the brokers, not through the proxies. Calls are repeated while brokers are
 * broken.
 */
export function openAdmin(brokers) {
  const client = new kafkajs.Kafka({
    brokers,
    clientId: 'faults-admin',
    connectionTimeout: 1_000,
    requestTimeout: 10_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  });
  let connected;
  /** Replaces a client that has met a broken broker, because its view of the cluster is outdated. */
  const ask = (what, doing, withinMs = 30_000) =>
    until(
      async () => {
        try {
          connected ??= connect(client);
          return await doing(await connected);
        } catch (error) {
          const given = connected;
          connected = undefined;
          await given?.then((admin) => admin.disconnect()).catch(() => undefined);
          throw error;
        }
      },
      { withinMs, what, everyMs: 250 },
    );
  const partitions = (topic) =>
    ask(`the partitions of ${topic}`, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0].partitions.sort((one, other) => one.partitionId - other.partitionId);
    });
  return {
    brokers: () => ask('the brokers', async (admin) => (await admin.describeCluster()).brokers),
    partitions,
    /**
     * Creates a topic, given the number of partitions or the brokers of each. Resolves when every broker knows all its
     * leaders.
     */
    async createTopic(topic, { partitions: count, replicas, config = {}, copies = 3 }) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: String(value) }));
      const of =
        replicas === undefined
          ? { numPartitions: count, replicationFactor: copies }
          : { replicaAssignment: replicas.map((ids, partition) => ({ partition, replicas: ids })) };
      await ask(`topic ${topic} to be made`, async (admin) => {
        await admin.createTopics({ waitForLeaders: false, topics: [{ topic, configEntries, ...of }] });
      });
      await until(async () => (await partitions(topic)).every(({ leader }) => leader > 0), {
        withinMs: 30_000,
        what: `the leaders of ${topic}`,
      });
    },
    deleteTopic: (topic) =>
      ask(`topic ${topic} to be deleted`, async (admin) => {
        await admin.deleteTopics({ topics: [topic] });
      }),
    /** Resolves when all replicas of the topics are in sync. */
    calm: async (...topics) => {
      for (const topic of topics) {
        let seen = [];
        await until(
          async () => {
            seen = await partitions(topic);
            return seen.every(({ leader, isr, replicas }) => leader > 0 && isr.length === replicas.length);
          },
          {
            withinMs: CALM_MS,
            everyMs: 250,
            what: () =>
              `every replica of ${topic} to be in sync: ${seen.map(({ partitionId, leader, isr }) => `${partitionId} led by ${leader}, in sync ${isr.join()}`).join('; ')}`,
          },
        );
      }
    },
    /**
     * Assigns replicas to each partition, the preferred leader first. Resolves when they are in sync and no others
     * remain.
     */
    async reassign(topic, replicas) {
      await ask(`${topic} to be reassigned`, async (admin) => {
        const partitionAssignment = replicas.map((ids, partition) => ({ partition, replicas: ids }));
        await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
      });
      await until(
        async () =>
          (await partitions(topic)).every(
            ({ partitionId, isr, replicas: now }) =>
              now.join() === replicas[partitionId].join() && isr.length === now.length,
          ),
        { withinMs: CALM_MS, everyMs: 250, what: `the new replicas of ${topic}` },
      );
    },
    configure: (topic, config) =>
      ask(`${topic} to be configured`, async (admin) => {
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: String(value) }));
        const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
        await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      }),
    /** Allows the user this operation on the topic. This forbids all others. */
    allow: (topic, user, operation) =>
      ask(`${user} to be allowed on ${topic}`, async (admin) => {
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
      }),
    ask,
    async close() {
      const given = connected;
      connected = undefined;
      await given?.then((admin) => admin.disconnect());
    },
  };
}

async function connect(client) {
  const admin = client.admin();
  await admin.connect();
  return admin;
}
