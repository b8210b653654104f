import { IsIn, IsObject, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { Setting } from '../../settings/setting.js';

const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;

/** The names that Kafka's own clients have for it. */
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Who we are to Kafka's brokers and the schema registry, and whom we trust. */
export class KafkaSecuritySettings {
  @Setting({
    env: 'EVENT_BUS_KAFKA_SECURITY_PROTOCOL',
    meaning: 'How the brokers are spoken to: with or without TLS, with or without a user.',
    allowed: 'PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
    defaultText: 'what the other settings ask for',
  })
  @IsOptional()
  @IsIn(SECURITY_PROTOCOLS)
  kafkaSecurityProtocol?: SecurityProtocol;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SASL_MECHANISM',
    meaning:
      'How the user proves to be one: EVENT_BUS_KAFKA_API_KEY with EVENT_BUS_KAFKA_API_SECRET, or an OAuth token.',
    allowed: 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
    defaultText: 'PLAIN with EVENT_BUS_KAFKA_API_KEY, OAUTHBEARER with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL, else none',
  })
  @IsOptional()
  @IsIn(SASL_MECHANISMS)
  kafkaSaslMechanism?: SaslMechanism;

  @Setting({
    env: 'EVENT_BUS_KAFKA_API_KEY',
    meaning: 'The user name for the brokers; alone with EVENT_BUS_KAFKA_API_SECRET it means SASL PLAIN over TLS.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_API_SECRET',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaApiKey?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_API_SECRET',
    meaning: 'The password for the brokers; with EVENT_BUS_KAFKA_API_KEY.',
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
    meaning: 'The endpoint that gives OAuth tokens for the brokers, by the client credentials grant.',
    allowed: 'http:// or https://, without a user',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @Matches(/^https?:\/\/[^\s@]+$/)
  kafkaOauthTokenUrl?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_ID',
    meaning: 'The name of this client at the token endpoint.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthClientId?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET',
    meaning: 'Its secret.',
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
    meaning: 'What the token is asked for.',
    allowed: 'a text, together with EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthScope?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_EXTENSIONS',
    meaning: 'What is told to the brokers with each token, such as logicalCluster.',
    allowed: 'a JSON object of texts',
    defaultText: 'none',
    parse: parseTexts,
  })
  @IsOptional()
  @IsObject()
  kafkaOauthExtensions?: Readonly<Record<string, string>>;

  @Setting({
    env: 'EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE',
    meaning: 'The authorities that may have signed the certificate of the token endpoint.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaOauthTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_CA_FILE',
    meaning: 'The authorities that may have signed the certificates of the brokers.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_CERT_FILE',
    meaning: 'Our own certificate for the brokers; with EVENT_BUS_KAFKA_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_KEY_FILE',
    meaning: 'The private key of that certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE',
    meaning: 'What opens that key, when it is encrypted.',
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
    meaning: 'The authorities that may have signed the certificate of the schema registry.',
    allowed: 'a file with certificates in PEM',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CERT_FILE',
    meaning: 'Our own certificate for the schema registry; with EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE',
    meaning: 'The private key of that certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  kafkaSchemaRegistryTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_PASSPHRASE',
    meaning: 'What opens that key, when it is encrypted.',
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
