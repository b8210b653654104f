import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { SettingsError } from '../core/errors.js';
import { readSettings } from './read-settings.js';

const KAFKA = {
  EVENT_BUS_PRODUCER: 'edx_event_bus_kafka.create_producer',
  EVENT_BUS_CONSUMER: 'edx_event_bus_kafka.KafkaEventConsumer',
};

describe('the settings of the Kafka backend', () => {
  it("are read from an operator's existing configuration", () => {
    const settings = readSettings(
      {},
      {
        ...KAFKA,
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'one:9092, two:9092',
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'https://registry/base',
        EVENT_BUS_KAFKA_API_KEY: 'key',
        EVENT_BUS_KAFKA_API_SECRET: 'secret',
        EVENT_BUS_KAFKA_CLIENT_OPTIONS: '{"connectionTimeout": 5000}',
      },
    );
    expect([settings.producer, settings.consumer]).toEqual(['kafka', 'kafka']);
    expect(settings.kafkaBootstrapServers).toEqual(['one:9092', 'two:9092']);
    expect(settings.kafkaClientOptions).toEqual({ connectionTimeout: 5000 });
  });

  it('are all reported together when they are missing or wrong, and no secret is shown', () => {
    const env = { ...KAFKA, EVENT_BUS_KAFKA_API_SECRET: 's3cret', EVENT_BUS_KAFKA_CLIENT_OPTIONS: '["s3cret"' };
    const problem = problemOf(env);
    expect(problem).toContain('EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: got nothing');
    expect(problem).toContain('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: got nothing');
    expect(problem).toContain('EVENT_BUS_KAFKA_API_KEY: got nothing');
    expect(problem).toContain('EVENT_BUS_KAFKA_CLIENT_OPTIONS: got (secret)');
    expect(problem).not.toContain('s3cret');
  });

  it('are not asked for while Kafka is not used', () => {
    expect(() => readSettings({}, {})).not.toThrow();
  });
});

function problemOf(env: Readonly<Record<string, string>>): string {
  try {
    readSettings({}, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}
