import type { Backend } from '../../core/backend.js';
import { type BackendUnit, loadBackend } from '../../settings/backend-unit.js';
import type { BusSettings } from '../../settings/bus-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';
import { CLIENT_OPTIONS, uselessClientOptions } from '../client-options.js';
import type { KafkaBackend, SchemaRegistry } from '../index.js';
import { readPosition } from '../position.js';
import { kafkaFindings } from './findings.js';
import { kafkaDifferences } from './differences.js';
import { optionsOf } from './options.js';
import { registryFindings } from './registry-findings.js';
import { kafkaSecurity } from './security.js';
import { KafkaSettings } from './settings.js';

const load = () => loadBackend('kafka', 'kafkajs', () => import('../index.js'));

/** The Kafka backend as a unit of the settings. */
export const kafkaUnit: BackendUnit<KafkaSettings> = {
  name: 'kafka',
  Settings: KafkaSettings,
  required: ['kafkaBootstrapServers', 'kafkaSchemaRegistryUrl'],
  problems: (settings) => [...combinationProblems(settings), ...kafkaSecurity(settings).problems],
  clients: ['kafkajs', '@kafkajs/confluent-schema-registry'],
  async inspect(backend, settings, topics) {
    const facts = await (backend as KafkaBackend).inspect(topics.map(({ topic }) => topic));
    const registry = await registryOf(backend, settings);
    return [...kafkaFindings(facts, topics), ...(await registryFindings(registry, topics))];
  },
  differences: (backend, wanted) => kafkaDifferences(backend as KafkaBackend, wanted),
  async open(settings, observe) {
    const { kafka, clientCredentials, missingFor } = await load();
    const missing = await missingFor(settings.kafkaCompression);
    if (missing !== undefined) throw wrongSettings([`EVENT_BUS_KAFKA_COMPRESSION: ${missing}`]);
    return kafka(optionsOf(settings, clientCredentials, observe));
  },
  async codec(definitions, backend, settings) {
    const { confluentCodec } = await load();
    const registry = await registryOf(backend, settings);
    return confluentCodec({ definitions, registry });
  },
  positionAttributes(text) {
    const position = readPosition(text);
    if (position === undefined) return {};
    return {
      'messaging.destination.partition.id': String(position.partition),
      'messaging.kafka.offset': position.offset,
    };
  },
};

/** The registry of the settings. Loads the client. */
async function registryOf(backend: Backend, settings: BusSettings & KafkaSettings): Promise<SchemaRegistry> {
  const { schemaRegistry } = await load();
  const { kafkaSchemaRegistryUrl: url, kafkaSchemaRegistryApiKey, kafkaSchemaRegistryApiSecret } = settings;
  if (url === undefined)
    throw wrongSettings(['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: got nothing; the kafka backend requires it.']);
  const { registryTls } = kafkaSecurity(settings);
  const { schemaRegistry: source } = backend as KafkaBackend;
  return schemaRegistry({
    url,
    ...(source === undefined ? {} : { source }),
    timeoutMs: settings.publishTimeout * 1000,
    ...(registryTls === undefined ? {} : { tls: registryTls }),
    ...(kafkaSchemaRegistryApiKey === undefined ? {} : { apiKey: kafkaSchemaRegistryApiKey }),
    ...(kafkaSchemaRegistryApiSecret === undefined ? {} : { apiSecret: kafkaSchemaRegistryApiSecret }),
  });
}

function combinationProblems(settings: KafkaSettings): readonly string[] {
  const { kafkaConsumerPollTimeout: poll, kafkaSessionTimeout: session, kafkaClientOptions } = settings;
  const useless = uselessClientOptions(kafkaClientOptions);
  return [
    ...(poll > session
      ? [
          `EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT: got ${poll}; allowed: at most EVENT_BUS_KAFKA_SESSION_TIMEOUT, ${session}`,
        ]
      : []),
    ...(useless.length > 0
      ? [`EVENT_BUS_KAFKA_CLIENT_OPTIONS: got ${useless.join(', ')}; allowed: nothing but ${CLIENT_OPTIONS.join(', ')}`]
      : []),
  ];
}
