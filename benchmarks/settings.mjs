/**
 * The options of `EventBusModule.forRoot` for these servers. The audit log is off, because it would be measured too.
 */
export function kafkaSettings({ kafka, registry }) {
  return {
    producer: 'kafka',
    consumer: 'kafka',
    kafkaBootstrapServers: kafka.brokers,
    kafkaSchemaRegistryUrl: registry.url,
    kafkaAuditLoggingEnabled: false,
    eventModules: [],
    consumerStart: 'earliest',
  };
}

export function redisSettings({ redis }) {
  return {
    producer: 'redis',
    consumer: 'redis',
    redisConnectionUrl: redis.url,
    redisAuditLoggingEnabled: false,
    eventModules: [],
    consumerStart: 'earliest',
  };
}

export function embeddedSettings(path) {
  return {
    embeddedPath: path,
    embeddedAuditLoggingEnabled: false,
    eventModules: [],
    consumerStart: 'earliest',
  };
}
