import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../core/errors.js';
import { kafkaSecurity } from '../../kafka/settings/security.js';
import { inspectSettings, readSettings } from './read-settings.js';

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

  it.each(['::1:9092', 'SASL_SSL://kafka:9092'])('refuse %j for where the brokers are', (servers) => {
    expect(problemOf({ ...KAFKA, EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: servers })).toContain(
      `EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: got "${servers}"; allowed: host:port, or [IPv6 address]:port, without a protocol; several ` +
        'separated by commas. EVENT_BUS_KAFKA_SECURITY_PROTOCOL sets TLS and SASL',
    );
  });

  it('take a broker by its address of IPv6', () => {
    const servers = '[::1]:9092, kafka:9092';
    const { settings, problems } = inspectSettings({}, { ...KAFKA, EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: servers });
    expect(settings.kafkaBootstrapServers).toEqual(['[::1]:9092', 'kafka:9092']);
    expect(problems.join()).not.toContain('BOOTSTRAP');
  });

  it('refuse to wait for events for longer than a member may be silent', () => {
    expect(problemOf({ EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT: '60' })).toContain(
      'EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT: got 60; allowed: at most EVENT_BUS_KAFKA_SESSION_TIMEOUT, 30',
    );
  });

  it('refuse options of the client that would have no effect, by their names alone', () => {
    const options = '{"connectionTimeout": 5000, "requestTimeout": 1, "retry": {"retries": 77}}';
    const problem = problemOf({ EVENT_BUS_KAFKA_CLIENT_OPTIONS: options });
    expect(problem).toContain(
      'EVENT_BUS_KAFKA_CLIENT_OPTIONS: got requestTimeout, retry; allowed: nothing but connectionTimeout, reauthenticationThreshold, sasl, socketFactory, ssl',
    );
    expect(problem).not.toContain('77');
  });

  it('say together how brokers are spoken to', () => {
    const protocolOf = (env: Readonly<Record<string, string>>) => {
      const { protocol, mechanism } = kafkaSecurity(readSettings({}, env));
      return [protocol, mechanism];
    };
    const user = { EVENT_BUS_KAFKA_API_KEY: 'key', EVENT_BUS_KAFKA_API_SECRET: 's3cret' };
    const client = {
      EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: 'https://idp/token',
      EVENT_BUS_KAFKA_OAUTH_CLIENT_ID: 'id',
      EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: 's3cret',
    };
    expect(protocolOf({})).toEqual(['PLAINTEXT', undefined]);
    expect(protocolOf({ EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SSL' })).toEqual(['SSL', undefined]);
    expect(protocolOf(user)).toEqual(['SASL_SSL', 'PLAIN']);
    expect(protocolOf({ ...user, EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' })).toEqual([
      'SASL_PLAINTEXT',
      'PLAIN',
    ]);
    expect(protocolOf({ ...user, EVENT_BUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256' })).toEqual([
      'SASL_SSL',
      'SCRAM-SHA-256',
    ]);
    expect(protocolOf(client)).toEqual(['SASL_SSL', 'OAUTHBEARER']);
  });

  it.each([
    [
      { EVENT_BUS_KAFKA_API_KEY: 'k', EVENT_BUS_KAFKA_API_SECRET: 's3cret', EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SSL' },
      'EVENT_BUS_KAFKA_SECURITY_PROTOCOL: got "SSL"; allowed: SASL_SSL or SASL_PLAINTEXT, as EVENT_BUS_KAFKA_API_KEY is set',
    ],
    [
      { EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      'EVENT_BUS_KAFKA_API_KEY: got nothing; allowed: a text, as EVENT_BUS_KAFKA_SECURITY_PROTOCOL is SASL_SSL',
    ],
    [
      { EVENT_BUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER', EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: 's3cret' },
      'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: got nothing; allowed: a text, as EVENT_BUS_KAFKA_SASL_MECHANISM is OAUTHBEARER',
    ],
    [
      { EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: 'https://idp/token' },
      'EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: got nothing; allowed: a text, as EVENT_BUS_KAFKA_OAUTH_TOKEN_URL is set',
    ],
    [
      {
        EVENT_BUS_KAFKA_API_KEY: 'k',
        EVENT_BUS_KAFKA_API_SECRET: 's3cret',
        EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: 's3cret',
      },
      'EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: got a text; allowed: nothing, because the SASL mechanism PLAIN',
    ],
    [
      { EVENT_BUS_KAFKA_TLS_CERT_FILE: '/nowhere' },
      'EVENT_BUS_KAFKA_TLS_KEY_FILE: got nothing; allowed: a file, as EVENT_BUS_KAFKA_TLS_CERT_FILE is set',
    ],
    [
      { EVENT_BUS_KAFKA_TLS_CA_FILE: '/nowhere', EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' },
      'EVENT_BUS_KAFKA_SECURITY_PROTOCOL: got "PLAINTEXT"; allowed: SSL or SASL_SSL, as a file of EVENT_BUS_KAFKA_TLS_… is set',
    ],
    [
      {
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE: '/nowhere',
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://u:s3cret@r',
      },
      'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: got http://; allowed: https://',
    ],
    [
      { EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: 'https://u:s3cret@idp/token' },
      'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: got (secret); allowed: http:// or https://, without a user',
    ],
    [
      { EVENT_BUS_KAFKA_OAUTH_EXTENSIONS: '{"a": 1}' },
      'EVENT_BUS_KAFKA_OAUTH_EXTENSIONS: got "{\\"a\\": 1}"; allowed: a JSON object of texts',
    ],
  ])('%j do not fit together, which is told', (env, problem) => {
    expect(problemOf(env)).toContain(problem);
    expect(problemOf(env)).not.toContain('s3cret');
  });

  const PEM = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIs3cret\n-----END PRIVATE KEY-----\n';
  const BASE64 = 'MC4CAQAwBQYDK2VwBCIEIs3cret/'.padEnd(64, 'A');

  it.each([PEM, PEM.replaceAll('\n', '\\n'), Buffer.from(PEM).toString('base64'), BASE64])(
    'do not show the text of a file that is given in place of its path: %j',
    (text) => {
      const names = ['KAFKA_TLS', 'KAFKA_SCHEMA_REGISTRY_TLS', 'REDIS_TLS'].flatMap((prefix) =>
        ['CA_FILE', 'CERT_FILE', 'KEY_FILE'].map((part) => `EVENT_BUS_${prefix}_${part}`),
      );
      names.push('EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE');
      const problem = problemOf(Object.fromEntries(names.map((name) => [name, text])));
      for (const name of names) expect(problem).toContain(`${name}: got the text of a file; allowed: its path`);
      expect(problem).not.toContain(text.slice(-20, -1));
      expect(problem).not.toContain('s3cret');
    },
  );

  it('tell why a file cannot be read', () => {
    expect(problemOf({ EVENT_BUS_KAFKA_TLS_CA_FILE: '/no/where.pem' })).toMatch(
      /EVENT_BUS_KAFKA_TLS_CA_FILE: got "\/no\/where\.pem"; allowed: a file with certificates in PEM; ENOENT$/m,
    );
  });

  it('are not asked for while Kafka is not used', () => {
    expect(() => readSettings({}, {})).not.toThrow();
  });
});

function problemOf(env: Readonly<Record<string, string | undefined>>): string {
  try {
    readSettings({}, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}
