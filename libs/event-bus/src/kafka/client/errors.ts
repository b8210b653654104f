import { asError } from '../../core/backoff.js';
import {
  AccessRefusedError,
  AdminError,
  RecordRefusedError,
  SettingsError,
  UnavailableError,
} from '../../core/errors.js';
import { isError } from '../../core/is-error.js';
import { codedError, tlsRefusal } from '../../core/tls.js';
import { ConnectionError } from './connection-error.js';

/** Errors that mean: the broker will never accept the record, from any sender. */
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

/** Errors that mean: the coordinator does not count this member any more. */
const FENCED: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** Errors that mean: the coordinator will have the answer soon. */
const SOON: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);

/** The name of the protocol error that caused `thrown`, or `undefined`. */
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

/** Errors that mean: the user lacks a right; with the right to grant. */
const RIGHTS: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Read on the topic to consume, Write to publish'],
  ['GROUP_AUTHORIZATION_FAILED', 'grant this user Read on the group'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Create on the cluster'],
]);

/**
 * The rights for publishers. A user without `Write` on any topic may not number its records; the broker reports this as
 * a missing right on the cluster.
 */
export const RIGHTS_TO_PUBLISH: ReadonlyMap<string, string> = new Map([
  ...RIGHTS,
  ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Write on the topic'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Write on the topic, or IdempotentWrite on the cluster'],
]);

/** Errors that mean: the broker does not know the user. */
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

/** Whether a broker refuses because the user lacks a right. */
export function isMissingRight(thrown: unknown): boolean {
  return RIGHTS.has(protocolErrorOf(thrown) ?? '');
}

/**
 * Converts an error of the client to an error of core. `doing` completes the sentence "Kafka: could not …", and
 * `rights` tells which right to grant. Returns our own errors unchanged, also if the client has wrapped them.
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

/** A hint for the operator, if the client's own message has none. */
function advice(thrown: unknown): string {
  const code = codedError(thrown)?.code;
  if (code === 'ENOTFOUND' || code === 'ECONNREFUSED') return '. Check EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS.';
  const isClosed = (error: Error) => error instanceof ConnectionError && error.isClosedByBroker;
  return code === 'ECONNRESET' || chainOf(thrown).some(isClosed)
    ? '. A broker closes connections when it stops, and when its use of TLS or SASL differs from the settings here: check EVENT_BUS_KAFKA_SECURITY_PROTOCOL.'
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
  for (let error = thrown; isError(error) && !chain.includes(error); error = error.cause) chain.push(error);
  return chain;
}
