import { IsIn, IsObject, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { Setting } from '../../settings/setting.js';
import { CaFile, CertFile, KeyFile, KeyPassphrase } from '../../settings/tls-settings.js';

const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;

/** The names of Kafka's own clients. */
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** The settings for access to the brokers and the schema registry. */
export class KafkaSecuritySettings {
  @Setting({
    env: 'EVENT_BUS_KAFKA_SECURITY_PROTOCOL',
    meaning: 'The protocol of the brokers: with or without TLS, with or without SASL.',
    allowed: 'PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
    defaultText: 'derived from the other settings',
  })
  @IsOptional()
  @IsIn(SECURITY_PROTOCOLS)
  kafkaSecurityProtocol?: SecurityProtocol;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SASL_MECHANISM',
    meaning:
      'The SASL mechanism. OAUTHBEARER uses a token, the others EVENT_BUS_KAFKA_API_KEY and EVENT_BUS_KAFKA_API_SECRET.',
    allowed: 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
    defaultText: 'PLAIN with EVENT_BUS_KAFKA_API_KEY, OAUTHBEARER with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL, else none',
  })
  @IsOptional()
  @IsIn(SASL_MECHANISMS)
  kafkaSaslMechanism?: SaslMechanism;

  @Setting({
    env: 'EVENT_BUS_KAFKA_API_KEY',
    meaning:
      'The user name for the brokers. With EVENT_BUS_KAFKA_API_SECRET and nothing else it means SASL PLAIN over TLS.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_API_SECRET',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaApiKey?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_API_SECRET',
    meaning: 'The password for the brokers.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_API_KEY',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaApiSecret?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    meaning: 'The endpoint that issues OAuth tokens for the brokers (client credentials grant).',
    allowed: 'http:// or https://, without a user',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @Matches(/^https?:\/\/[^\s@]+$/)
  kafkaOauthTokenUrl?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_ID',
    meaning: 'The client id at the token endpoint.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthClientId?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET',
    meaning: 'The client secret at the token endpoint.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthClientSecret?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_SCOPE',
    meaning: 'The scope of the token.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthScope?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_EXTENSIONS',
    meaning: 'SASL extensions that are sent to the brokers with each token, such as logicalCluster.',
    allowed: 'a JSON object of texts',
    defaultText: 'none',
    parse: parseTexts,
  })
  @IsOptional()
  @IsObject()
  kafkaOauthExtensions?: Readonly<Record<string, string>>;

  @CaFile('EVENT_BUS_KAFKA_OAUTH_TLS', 'the token endpoint')
  kafkaOauthTlsCaFile?: string;

  @CaFile('EVENT_BUS_KAFKA_TLS', 'the brokers')
  kafkaTlsCaFile?: string;

  @CertFile('EVENT_BUS_KAFKA_TLS', 'the brokers')
  kafkaTlsCertFile?: string;

  @KeyFile('EVENT_BUS_KAFKA_TLS')
  kafkaTlsKeyFile?: string;

  @KeyPassphrase('EVENT_BUS_KAFKA_TLS')
  kafkaTlsKeyPassphrase?: string;

  @CaFile('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS', 'the schema registry')
  kafkaSchemaRegistryTlsCaFile?: string;

  @CertFile('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS', 'the schema registry')
  kafkaSchemaRegistryTlsCertFile?: string;

  @KeyFile('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS')
  kafkaSchemaRegistryTlsKeyFile?: string;

  @KeyPassphrase('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS')
  kafkaSchemaRegistryTlsKeyPassphrase?: string;
}

function parseTexts(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const isTexts =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((each) => typeof each === 'string' && !each.includes('\u0001'));
  if (!isTexts) throw new Error('not an object of texts');
  return value;
}
