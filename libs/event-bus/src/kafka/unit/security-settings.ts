import { IsIn, IsObject, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { Setting } from '../../settings/setting.js';

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
    defaultText: 'what the other settings ask for',
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

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE',
    meaning: 'The certificate authorities that are trusted for the token endpoint.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_CA_FILE',
    meaning: 'The certificate authorities that are trusted for the brokers.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_CERT_FILE',
    meaning: 'The client certificate for the brokers. Needs EVENT_BUS_KAFKA_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_KEY_FILE',
    meaning: 'The private key of the client certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE',
    meaning: 'The passphrase of the private key, if it is encrypted.',
    allowed: 'a text',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsKeyPassphrase?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE',
    meaning: 'The certificate authorities that are trusted for the schema registry.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CERT_FILE',
    meaning: 'The client certificate for the schema registry. Needs EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE',
    meaning: 'The private key of the client certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_PASSPHRASE',
    meaning: 'The passphrase of the private key, if it is encrypted.',
    allowed: 'a text',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
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
