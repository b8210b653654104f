import { join } from 'node:path';

/**
 * Broker → its description, and how to start it. `start` resolves with the settings for it, and `clear` if there is
 * something to clear. `partitions` is the number of partitions of a new topic, where the broker has any.
 */
export const BROKERS = {
  embedded: {
    says: 'no broker to install: events travel through a file (the embedded backend).',
    start: ({ folder }) => ({ env: { EVENT_BUS_EMBEDDED_PATH: join(folder, 'event-bus.db') } }),
  },
  redis: {
    says: 'a Redis of their own: events travel through a stream.',
    start: async () => {
      const { redis } = await import('../servers/index.mjs');
      const { url, clear } = await redis();
      const names = { EVENT_BUS_PRODUCER: 'redis', EVENT_BUS_CONSUMER: 'redis' };
      return { env: { ...names, EVENT_BUS_REDIS_CONNECTION_URL: url }, clear };
    },
  },
  kafka: {
    says: 'a Kafka and a schema registry of their own: events travel as they do between Open edX services.',
    start: async ({ partitions = 1 }) => {
      const { kafka, registry } = await import('../servers/index.mjs');
      const config = { 'num.partitions': String(partitions) };
      const [broker, schemas] = await Promise.all([kafka({ config }), registry()]);
      const names = { EVENT_BUS_PRODUCER: 'kafka', EVENT_BUS_CONSUMER: 'kafka' };
      return {
        env: {
          ...names,
          EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
          EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: schemas.url,
        },
        clear: async () => {
          await Promise.all([broker.clear(), schemas.clear()]);
        },
      };
    },
  },
};
