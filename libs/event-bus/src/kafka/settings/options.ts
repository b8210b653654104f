import type { Observer } from '../../core/notices/notice.js';
import type { BusSettings } from '../../settings/bus-settings.js';
import type { clientCredentials, KafkaOptions, KafkaSasl } from '../index.js';
import { kafkaSecurity } from './security.js';
import type { KafkaSettings } from './settings.js';

/**
 * Returns the backend's options from the settings. `tokens` is `clientCredentials`, which is loaded with the client.
 */
export function optionsOf(
  settings: BusSettings & KafkaSettings,
  tokens: typeof clientCredentials,
  observe: Observer,
): KafkaOptions {
  const { serviceName: clientId, kafkaInstanceId: instanceId } = settings;
  const { protocol, tls } = kafkaSecurity(settings);
  const sasl = saslOf(settings, tokens);
  return {
    brokers: settings.kafkaBootstrapServers ?? [],
    client: settings.kafkaClientOptions,
    lingerMs: settings.kafkaLinger * 1000,
    compression: settings.kafkaCompression,
    publishTimeoutMs: settings.publishTimeout * 1000,
    maxRecordBytes: settings.kafkaMaxRecordBytes,
    pollMs: settings.kafkaConsumerPollTimeout * 1000,
    sessionTimeoutMs: settings.kafkaSessionTimeout * 1000,
    assignment: settings.kafkaAssignment,
    ...(instanceId === undefined ? {} : { instanceId }),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
    tls: protocol.endsWith('SSL') && (tls ?? true),
    ...(clientId === undefined ? {} : { clientId }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function saslOf(settings: KafkaSettings, tokens: typeof clientCredentials): KafkaSasl | undefined {
  const { mechanism, oauthTls } = kafkaSecurity(settings);
  const { kafkaApiKey: username = '', kafkaApiSecret: password = '' } = settings;
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password };
  const { kafkaOauthScope: scope, kafkaOauthExtensions: extensions } = settings;
  const token = tokens({
    url: settings.kafkaOauthTokenUrl ?? '',
    clientId: settings.kafkaOauthClientId ?? '',
    clientSecret: settings.kafkaOauthClientSecret ?? '',
    ...(scope === undefined ? {} : { scope }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(oauthTls === undefined ? {} : { tls: oauthTls }),
  });
  return { mechanism, token };
}
