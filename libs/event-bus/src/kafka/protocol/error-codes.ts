/** The error codes of answers and their parts: https://kafka.apache.org/protocol#protocol_error_codes */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'UNKNOWN_SERVER_ERROR',
  0: 'NONE',
  1: 'OFFSET_OUT_OF_RANGE',
  2: 'CORRUPT_MESSAGE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  4: 'INVALID_FETCH_SIZE',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  10: 'MESSAGE_TOO_LARGE',
  12: 'OFFSET_METADATA_TOO_LARGE',
  13: 'NETWORK_EXCEPTION',
  14: 'COORDINATOR_LOAD_IN_PROGRESS',
  15: 'COORDINATOR_NOT_AVAILABLE',
  16: 'NOT_COORDINATOR',
  17: 'INVALID_TOPIC_EXCEPTION',
  18: 'RECORD_LIST_TOO_LARGE',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  21: 'INVALID_REQUIRED_ACKS',
  22: 'ILLEGAL_GENERATION',
  23: 'INCONSISTENT_GROUP_PROTOCOL',
  24: 'INVALID_GROUP_ID',
  25: 'UNKNOWN_MEMBER_ID',
  26: 'INVALID_SESSION_TIMEOUT',
  27: 'REBALANCE_IN_PROGRESS',
  28: 'INVALID_COMMIT_OFFSET_SIZE',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  32: 'INVALID_TIMESTAMP',
  33: 'UNSUPPORTED_SASL_MECHANISM',
  34: 'ILLEGAL_SASL_STATE',
  35: 'UNSUPPORTED_VERSION',
  36: 'TOPIC_ALREADY_EXISTS',
  37: 'INVALID_PARTITIONS',
  38: 'INVALID_REPLICATION_FACTOR',
  39: 'INVALID_REPLICA_ASSIGNMENT',
  40: 'INVALID_CONFIG',
  41: 'NOT_CONTROLLER',
  42: 'INVALID_REQUEST',
  43: 'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  44: 'POLICY_VIOLATION',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  54: 'SECURITY_DISABLED',
  56: 'KAFKA_STORAGE_ERROR',
  58: 'SASL_AUTHENTICATION_FAILED',
  59: 'UNKNOWN_PRODUCER_ID',
  60: 'REASSIGNMENT_IN_PROGRESS',
  68: 'NON_EMPTY_GROUP',
  69: 'GROUP_ID_NOT_FOUND',
  70: 'FETCH_SESSION_ID_NOT_FOUND',
  71: 'INVALID_FETCH_SESSION_EPOCH',
  72: 'LISTENER_NOT_FOUND',
  73: 'TOPIC_DELETION_DISABLED',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  76: 'UNSUPPORTED_COMPRESSION_TYPE',
  77: 'STALE_BROKER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  79: 'MEMBER_ID_REQUIRED',
  80: 'PREFERRED_LEADER_NOT_AVAILABLE',
  81: 'GROUP_MAX_SIZE_REACHED',
  82: 'FENCED_INSTANCE_ID',
  83: 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
  84: 'ELECTION_NOT_NEEDED',
  87: 'INVALID_RECORD',
  88: 'UNSTABLE_OFFSET_COMMIT',
  89: 'THROTTLING_QUOTA_EXCEEDED',
  90: 'PRODUCER_FENCED',
  100: 'UNKNOWN_TOPIC_ID',
  103: 'INCONSISTENT_TOPIC_ID',
  106: 'FETCH_SESSION_TOPIC_ID_ERROR',
  109: 'OFFSET_MOVED_TO_TIERED_STORAGE',
  110: 'FENCED_MEMBER_EPOCH',
  111: 'UNRELEASED_INSTANCE_ID',
  112: 'UNSUPPORTED_ASSIGNOR',
  113: 'STALE_MEMBER_EPOCH',
};

/** Returns the name of an error code; `undefined` for 0, which means no error. */
export function errorName(code: number): string | undefined {
  return code === 0 ? undefined : (NAMES[code] ?? `ERROR_${code}`);
}

/** An error in a broker's answer. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  /** `type` is the name in the protocol. `detail` is the message of the broker. */
  constructor(
    readonly type: string,
    detail: string | null = null,
  ) {
    super(detail ?? MEANINGS.get(type) ?? 'the broker answered with an error');
  }
}

/** Throws `ProtocolError` for the first of these codes of an answer that is an error. */
export function refuse(...codes: readonly number[]): void {
  const problem = codes.map(errorName).find((name) => name !== undefined);
  if (problem !== undefined) throw new ProtocolError(problem);
}

/** Explanations of names that operators may not know. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['UNKNOWN_TOPIC_OR_PARTITION', 'the broker does not know this topic or partition'],
  ['LEADER_NOT_AVAILABLE', 'the partition has no leader at the moment'],
  ['NOT_LEADER_OR_FOLLOWER', 'the partition has another leader'],
  ['REQUEST_TIMED_OUT', 'the replicas did not confirm in time'],
  ['MESSAGE_TOO_LARGE', 'the record is larger than the topic allows'],
  ['OFFSET_METADATA_TOO_LARGE', 'the metadata of the commit is larger than the broker allows'],
  ['COORDINATOR_LOAD_IN_PROGRESS', 'the coordinator of the group is still loading it'],
  ['COORDINATOR_NOT_AVAILABLE', 'the group has no coordinator at the moment'],
  ['NOT_COORDINATOR', 'the group has another coordinator'],
  ['INVALID_TOPIC_EXCEPTION', 'the broker does not allow this topic name'],
  ['NOT_ENOUGH_REPLICAS', 'fewer replicas are in sync than min.insync.replicas requires'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'fewer replicas are in sync than min.insync.replicas requires'],
  ['ILLEGAL_GENERATION', 'the group removed this member'],
  ['UNKNOWN_MEMBER_ID', 'the group does not know this member any more'],
  ['INVALID_SESSION_TIMEOUT', 'the broker does not allow this session timeout'],
  ['REBALANCE_IN_PROGRESS', 'the group is rebalancing'],
  ['INCONSISTENT_GROUP_PROTOCOL', 'the members of the group have no assignment strategy in common'],
  ['TOPIC_AUTHORIZATION_FAILED', 'not authorized to access the topic'],
  ['GROUP_AUTHORIZATION_FAILED', 'not authorized to access the group'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'not authorized for this on the cluster'],
  ['UNSUPPORTED_SASL_MECHANISM', 'the broker does not support this SASL mechanism'],
  ['ILLEGAL_SASL_STATE', 'the broker does not expect SASL on this connection'],
  ['SASL_AUTHENTICATION_FAILED', 'the broker refuses this user or password'],
  ['UNSUPPORTED_COMPRESSION_TYPE', 'the broker does not support this compression'],
  ['INVALID_REPLICATION_FACTOR', 'there are fewer brokers than the replication factor requires'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'the broker has not received an earlier batch of this producer'],
  ['KAFKA_STORAGE_ERROR', 'the broker has a disk error'],
  ['FENCED_INSTANCE_ID', 'another process has the same instance id'],
  ['GROUP_MAX_SIZE_REACHED', 'the group has as many members as the broker allows'],
  ['POLICY_VIOLATION', 'the request violates a policy of the broker'],
]);
