import type { EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import { kafkaSecurity } from '../../kafka/settings/security.js';
import type { SaslMechanism } from '../../kafka/settings/security-settings.js';
import type { ConsumerPlan } from './consumer-plan.js';
import { defined, type Scaling } from './trigger.js';

const SASL: Readonly<Record<SaslMechanism, string>> = {
  PLAIN: 'plaintext',
  'SCRAM-SHA-256': 'scram_sha256',
  'SCRAM-SHA-512': 'scram_sha512',
  OAUTHBEARER: 'oauthbearer',
};

/** Without a version, KEDA speaks as a client of Kafka 1.0. Kafka 4 supports clients from 2.1 on (KIP-896). */
const VERSION = '3.9.0';

/** Returns KEDA's trigger for a group on Kafka. */
export function kafkaScaling({ fullTopic, group, lag, activationLag, settings }: ConsumerPlan): Scaling {
  const { protocol, mechanism } = kafkaSecurity(settings);
  const { kafkaTlsCaFile, kafkaTlsCertFile, kafkaTlsKeyFile, kafkaTlsKeyPassphrase } = settings;
  const isTls = protocol.endsWith('SSL');
  const key = (name: string, value: unknown) => (value === undefined ? undefined : name);
  const user = userOf(settings, mechanism);
  return {
    comment: `maxReplicaCount is the number of partitions: further pods would have no work.
offsetResetPolicy counts before the first commit of the group, and says what EVENT_BUS_CONSUMER_START says.
With scaleToZeroOnInvalidOffset, a group without a commit would stay at zero for ever.`,
    type: 'kafka',
    triggers: [
      defined({
        bootstrapServers: settings.kafkaBootstrapServers?.join(','),
        topic: fullTopic,
        consumerGroup: group,
        version: VERSION,
        lagThreshold: `${lag}`,
        activationLagThreshold: `${activationLag}`,
        offsetResetPolicy: settings.consumerStart === 'latest' ? 'latest' : 'earliest',
        allowIdleConsumers: 'false',
        scaleToZeroOnInvalidOffset: 'false',
        tls: isTls ? 'enable' : 'disable',
        sasl: mechanism === undefined ? undefined : SASL[mechanism],
      }),
    ],
    authentication: {
      variables: user.variables,
      secrets: defined({
        ...user.secrets,
        ca: key('EVENT_BUS_KAFKA_TLS_CA_FILE', kafkaTlsCaFile),
        cert: key('EVENT_BUS_KAFKA_TLS_CERT_FILE', kafkaTlsCertFile),
        key: key('EVENT_BUS_KAFKA_TLS_KEY_FILE', kafkaTlsKeyFile),
        keyPassword: key('EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE', kafkaTlsKeyPassphrase),
      }),
      extraKeys: user.extraKeys,
    },
    warnings: warningsFor(settings),
  };
}

function userOf(settings: EventBusSettings, mechanism: SaslMechanism | undefined): Scaling['authentication'] {
  if (mechanism === undefined) return { variables: {}, secrets: {}, extraKeys: {} };
  if (mechanism !== 'OAUTHBEARER')
    return {
      variables: { username: 'EVENT_BUS_KAFKA_API_KEY' },
      secrets: { password: 'EVENT_BUS_KAFKA_API_SECRET' },
      extraKeys: {},
    };
  const { kafkaOauthScope, kafkaOauthExtensions } = settings;
  const extensions = Object.entries(kafkaOauthExtensions ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    variables: {
      username: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_ID',
      ...(kafkaOauthScope === undefined ? {} : { scopes: 'EVENT_BUS_KAFKA_OAUTH_SCOPE' }),
    },
    secrets: {
      password: 'EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET',
      oauthTokenEndpointUri: 'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
      ...(extensions.length === 0 ? {} : { oauthExtensions: EXTENSIONS }),
    },
    extraKeys: extensions.length === 0 ? {} : { [EXTENSIONS]: extensions.join(',') },
  };
}

const EXTENSIONS = 'KEDA_OAUTH_EXTENSIONS';

function warningsFor({ kafkaClientOptions, kafkaOauthTlsCaFile, consumerStart }: EventBusSettings): readonly string[] {
  const overriding = ['ssl', 'sasl'].filter((name) => kafkaClientOptions[name] !== undefined);
  return [
    ...overriding.map(
      (name) =>
        `KEDA does not know ${name} of EVENT_BUS_KAFKA_CLIENT_OPTIONS: complete the TriggerAuthentication yourself.`,
    ),
    ...(kafkaOauthTlsCaFile === undefined
      ? []
      : [
          'KEDA trusts only the certificate authorities of its own image at the token endpoint: add the one of EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE to the KEDA operator.',
        ]),
    ...(consumerStart instanceof Date
      ? ['KEDA knows no start at a time: until the first commit of the group it counts from the earliest event.']
      : []),
  ];
}
