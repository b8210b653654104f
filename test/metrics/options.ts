import type { EventBusOptions } from 'nest-event-bus';
import type { Workbench } from '../support/workbench.js';

/** The settings of a backend, as `onBackends` has them for a process, for a service in this process. */
export function optionsOf(env: Readonly<Record<string, string>>, { path }: Workbench): EventBusOptions {
  switch (env['EVENT_BUS_CONSUMER']) {
    case 'redis':
      return {
        producer: 'redis',
        consumer: 'redis',
        redisConnectionUrl: env['EVENT_BUS_REDIS_CONNECTION_URL'] ?? '',
        redisAuditLoggingEnabled: false,
      };
    case 'kafka':
      return {
        producer: 'kafka',
        consumer: 'kafka',
        kafkaBootstrapServers: (env['EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS'] ?? '').split(','),
        kafkaSchemaRegistryUrl: env['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL'] ?? '',
        kafkaAuditLoggingEnabled: false,
        kafkaSessionTimeout: 6,
      };
    default:
      return { embeddedPath: path };
  }
}
