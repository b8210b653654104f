import { asError } from '../core/backoff.js';
import { AdminError, RecordRefusedError, SettingsError, UnavailableError } from '../core/errors.js';

/** Protocol errors by which a broker says that it will never take the record. */
const REFUSALS: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
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
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
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

/** A client's error as core knows it; `doing` completes the sentence "Kafka: could not …". Errors of ours stay what they are. */
export function kafkaError(thrown: unknown, doing: string): Error {
  if (thrown instanceof UnavailableError || thrown instanceof RecordRefusedError || thrown instanceof AdminError)
    return thrown;
  if (thrown instanceof SettingsError) return thrown;
  const cause = asError(thrown);
  const type = protocolErrorOf(thrown);
  const message = `Kafka: could not ${doing}: ${cause.message}${type === undefined ? '' : ` (${type})`}`;
  return type !== undefined && REFUSALS.has(type)
    ? new RecordRefusedError(message, { cause })
    : new UnavailableError(message, { cause });
}
