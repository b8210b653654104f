import type { TlsOptions } from '../../core/tls.js';
import type { SaslMechanism, SecurityProtocol } from './security-settings.js';
import { readTls } from '../../settings/tls-files.js';
import type { KafkaSettings } from './settings.js';

/** The security of the connections to the brokers, the token endpoint and the registry. */
export interface KafkaSecurity {
  readonly protocol: SecurityProtocol;
  readonly mechanism: SaslMechanism | undefined;
  readonly tls: TlsOptions | undefined;
  readonly oauthTls: TlsOptions | undefined;
  readonly registryTls: TlsOptions | undefined;
  readonly problems: readonly string[];
}

/** Reads the files of the settings. Each problem names a setting, its value and the allowed values. */
export function kafkaSecurity(settings: KafkaSettings): KafkaSecurity {
  const brokers = readTls('EVENT_BUS_KAFKA_TLS', {
    caFile: settings.kafkaTlsCaFile,
    certFile: settings.kafkaTlsCertFile,
    keyFile: settings.kafkaTlsKeyFile,
    passphrase: settings.kafkaTlsKeyPassphrase,
  });
  const oauth = readTls('EVENT_BUS_KAFKA_OAUTH_TLS', { caFile: settings.kafkaOauthTlsCaFile });
  const registry = readTls('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS', {
    caFile: settings.kafkaSchemaRegistryTlsCaFile,
    certFile: settings.kafkaSchemaRegistryTlsCertFile,
    keyFile: settings.kafkaSchemaRegistryTlsKeyFile,
    passphrase: settings.kafkaSchemaRegistryTlsKeyPassphrase,
  });
  const mechanism = mechanismOf(settings);
  const namedFiles = [settings.kafkaTlsCaFile, settings.kafkaTlsCertFile, settings.kafkaTlsKeyFile];
  const hasFiles = namedFiles.some((file) => file !== undefined);
  const protocol =
    settings.kafkaSecurityProtocol ?? (mechanism !== undefined ? 'SASL_SSL' : hasFiles ? 'SSL' : 'PLAINTEXT');
  const problems = [
    ...brokers.problems,
    ...oauth.problems,
    ...registry.problems,
    ...protocolProblems(settings, { mechanism, protocol, hasFiles }),
    ...userProblems(settings, mechanism),
    ...urlProblems(settings),
  ];
  return { protocol, mechanism, tls: brokers.tls, oauthTls: oauth.tls, registryTls: registry.tls, problems };
}

function mechanismOf(settings: KafkaSettings): SaslMechanism | undefined {
  const { kafkaSaslMechanism, kafkaApiKey, kafkaApiSecret, kafkaOauthTokenUrl } = settings;
  if (kafkaSaslMechanism !== undefined) return kafkaSaslMechanism;
  if (kafkaApiKey !== undefined || kafkaApiSecret !== undefined) return 'PLAIN';
  return kafkaOauthTokenUrl === undefined ? undefined : 'OAUTHBEARER';
}

interface Combination {
  readonly mechanism: SaslMechanism | undefined;
  readonly protocol: SecurityProtocol;
  readonly hasFiles: boolean;
}

function protocolProblems(settings: KafkaSettings, { mechanism, protocol, hasFiles }: Combination): string[] {
  const problems: string[] = [];
  const wrong = (allowed: string, because: string) =>
    problems.push(`EVENT_BUS_KAFKA_SECURITY_PROTOCOL: got "${protocol}"; allowed: ${allowed}, as ${because} is set`);
  const isSasl = protocol.startsWith('SASL_');
  const user =
    settings.kafkaSaslMechanism !== undefined
      ? 'EVENT_BUS_KAFKA_SASL_MECHANISM'
      : mechanism === 'OAUTHBEARER'
        ? 'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL'
        : 'EVENT_BUS_KAFKA_API_KEY';
  if (mechanism !== undefined && !isSasl) wrong('SASL_SSL or SASL_PLAINTEXT', user);
  if (hasFiles && !protocol.endsWith('SSL')) wrong('SSL or SASL_SSL', 'a file of EVENT_BUS_KAFKA_TLS_…');
  if (isSasl && mechanism === undefined && settings.kafkaClientOptions['sasl'] === undefined)
    problems.push(
      `EVENT_BUS_KAFKA_API_KEY: got nothing; allowed: a text, as EVENT_BUS_KAFKA_SECURITY_PROTOCOL is ${protocol}; or set EVENT_BUS_KAFKA_OAUTH_TOKEN_URL`,
    );
  return problems;
}

/** Checks that either user and password or a client of a token endpoint is set, completely, and not both. */
function userProblems(settings: KafkaSettings, mechanism: SaslMechanism | undefined): readonly string[] {
  const password = new Map([
    ['EVENT_BUS_KAFKA_API_KEY', settings.kafkaApiKey],
    ['EVENT_BUS_KAFKA_API_SECRET', settings.kafkaApiSecret],
  ]);
  const oauth = new Map([
    ['EVENT_BUS_KAFKA_OAUTH_TOKEN_URL', settings.kafkaOauthTokenUrl],
    ['EVENT_BUS_KAFKA_OAUTH_CLIENT_ID', settings.kafkaOauthClientId],
    ['EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET', settings.kafkaOauthClientSecret],
  ]);
  const named = (values: ReadonlyMap<string, unknown>) => [...values].filter(([, value]) => value !== undefined);
  const needed = mechanism === undefined ? new Map<string, unknown>() : mechanism === 'OAUTHBEARER' ? oauth : password;
  const because =
    settings.kafkaSaslMechanism === undefined
      ? `${named(needed)[0]?.[0] ?? ''} is set`
      : `EVENT_BUS_KAFKA_SASL_MECHANISM is ${settings.kafkaSaslMechanism}`;
  const missing = [...needed].filter(([, value]) => value === undefined);
  const rest = new Map<string, unknown>([
    ...(needed === oauth ? [] : [...oauth, ['EVENT_BUS_KAFKA_OAUTH_SCOPE', settings.kafkaOauthScope] as const]),
    ...(needed === password ? [] : password),
  ]);
  return [
    ...missing.map(([env]) => `${env}: got nothing; allowed: a text, as ${because}`),
    ...named(rest).map(
      ([env]) =>
        `${env}: got a text; allowed: nothing, because the SASL mechanism ${mechanism ?? 'none'} does not use it: see EVENT_BUS_KAFKA_SASL_MECHANISM`,
    ),
  ];
}

function urlProblems(settings: KafkaSettings): readonly string[] {
  const { kafkaSchemaRegistryUrl: registry, kafkaOauthTokenUrl: token } = settings;
  const files = [settings.kafkaSchemaRegistryTlsCaFile, settings.kafkaSchemaRegistryTlsCertFile];
  return [
    ...(registry?.startsWith('http:') === true && files.some((file) => file !== undefined)
      ? [
          'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: got http://; allowed: https://, as a file of EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_… is set',
        ]
      : []),
    ...(token?.startsWith('http:') === true && settings.kafkaOauthTlsCaFile !== undefined
      ? ['EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: got http://; allowed: https://, as EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE is set']
      : []),
  ];
}
