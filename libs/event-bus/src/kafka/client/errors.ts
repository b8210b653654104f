import { asError } from '../../core/backoff.js';
import {
  AccessRefusedError,
  AdminError,
  RecordRefusedError,
  SettingsError,
  UnavailableError,
} from '../../core/errors.js';
import { codedError, tlsRefusal } from '../../core/tls.js';
import { ConnectionError } from './connection-error.js';

/** Protocol errors by which a broker says that it will never take the record, whoever sends it. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'POLICY_VIOLATION',
]);

/** By which a group's coordinator says that this member's word does not count any more. */
const FENCED: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** By which it says that it will know soon. */
const SOON: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);

/** The name of the protocol error at the root of a client's error, or `undefined` when it is none. */
export function protocolErrorOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  if ('type' in thrown && typeof thrown.type === 'string') return thrown.type;
  if ('errors' in thrown && Array.isArray(thrown.errors)) return protocolErrorOf(thrown.errors[0]);
  return 'cause' in thrown ? protocolErrorOf(thrown.cause) : undefined;
}

export function isFenced(thrown: unknown): boolean {
  return FENCED.has(protocolErrorOf(thrown) ?? '');
}

export function isReadySoon(thrown: unknown): boolean {
  return SOON.has(protocolErrorOf(thrown) ?? '');
}

/** By which a broker says that the user may not do that, and what would let it. */
const RIGHTS: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Read on the topic to consume, Write to publish'],
  ['GROUP_AUTHORIZATION_FAILED', 'grant this user Read on the group'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Create on the cluster'],
]);

/** What would let it where the user publishes: a producer that numbers its records is refused by the cluster while it may write nowhere. */
export const RIGHTS_TO_PUBLISH: ReadonlyMap<string, string> = new Map([
  ...RIGHTS,
  ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Write on the topic'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Write on the topic, or IdempotentWrite on the cluster'],
]);

/** By which it says that it does not know the user. */
const UNKNOWN_USER: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

const TLS_SETTINGS = {
  ca: 'EVENT_BUS_KAFKA_TLS_CA_FILE',
  cert: 'EVENT_BUS_KAFKA_TLS_CERT_FILE and EVENT_BUS_KAFKA_TLS_KEY_FILE',
  protocol: 'EVENT_BUS_KAFKA_SECURITY_PROTOCOL',
};

/** Whether a broker refuses because of the user's rights. */
export function isMissingRight(thrown: unknown): boolean {
  return RIGHTS.has(protocolErrorOf(thrown) ?? '');
}

/**
 * A client's error as core knows it; `doing` completes the sentence "Kafka: could not …", and `rights` say what would let it. Errors of ours stay
 * what they are, also where the client has wrapped them.
 */
export function kafkaError(thrown: unknown, doing: string, rights = RIGHTS): Error {
  const known = chainOf(thrown).find(isOurs);
  if (known !== undefined) return known;
  const cause = asError(thrown);
  const type = protocolErrorOf(thrown);
  const could = `Kafka: could not ${doing}`;
  const message = `${could}: ${cause.message}${type === undefined ? '' : ` (${type})`}`;
  if (type !== undefined && REFUSALS.has(type)) return new RecordRefusedError(message, { cause });
  const right = rights.get(type ?? '');
  if (right !== undefined) return new AccessRefusedError(`${message}: ${right}.`, { cause });
  if (isUnknownUser(thrown)) {
    const check =
      type === 'ILLEGAL_SASL_STATE'
        ? 'EVENT_BUS_KAFKA_SECURITY_PROTOCOL and EVENT_BUS_KAFKA_SASL_MECHANISM'
        : 'EVENT_BUS_KAFKA_API_KEY, EVENT_BUS_KAFKA_API_SECRET and EVENT_BUS_KAFKA_SASL_MECHANISM';
    return new AccessRefusedError(`${message}: check ${check}.`, { cause });
  }
  const refusal = tlsRefusal(thrown, `${could}: the broker`, TLS_SETTINGS);
  return refusal ?? new UnavailableError(`${message}${advice(thrown)}`, { cause });
}

/** What an operator may look at, where the client's own words do not say it. */
function advice(thrown: unknown): string {
  const code = codedError(thrown)?.code;
  if (code === 'ENOTFOUND' || code === 'ECONNREFUSED') return '. Check EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS.';
  const isClosed = (error: Error) => error instanceof ConnectionError && error.isClosedByBroker;
  return code === 'ECONNRESET' || chainOf(thrown).some(isClosed)
    ? '. A broker closes connections when it stops, and also when it expects TLS or a password where there is none, or none where there is: check EVENT_BUS_KAFKA_SECURITY_PROTOCOL.'
    : '';
}

function isUnknownUser(thrown: unknown): boolean {
  const isSasl = chainOf(thrown).some(({ name }) => name === 'KafkaJSSASLAuthenticationError');
  return isSasl || UNKNOWN_USER.has(protocolErrorOf(thrown) ?? '');
}

function isOurs(error: Error): boolean {
  return (
    error instanceof UnavailableError ||
    error instanceof RecordRefusedError ||
    error instanceof AdminError ||
    error instanceof SettingsError
  );
}

function chainOf(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && !chain.includes(error); error = error.cause) chain.push(error);
  return chain;
}
