import { expect, it } from 'vitest';
import { SettingsError } from '../core/errors.js';
import { kafka } from './kafka.js';

it('options that cannot be are refused, all at once', () => {
  expect(() => kafka({ brokers: ['SASL_SSL://kafka:9092'], pollMs: 40_000 })).toThrow(
    new SettingsError(
      'kafka: brokers: ["SASL_SSL://kafka:9092"] was given; allowed: host:port, or [IPv6 address]:port, without a protocol; at least one.\n' +
        'kafka: pollMs: 40000 was given; allowed are numbers up to sessionTimeoutMs, 30000.',
    ),
  );
});

it('options of kafkajs that would have no effect are refused by their names', () => {
  const client = { connectionTimeout: 5_000, requestTimeout: 60_000, retry: { retries: 10 } };
  expect(() => kafka({ brokers: ['kafka:9092'], client })).toThrow(
    new SettingsError(
      'kafka: client: requestTimeout, retry was given; allowed are connectionTimeout, reauthenticationThreshold, sasl, socketFactory, ssl.',
    ),
  );
});
