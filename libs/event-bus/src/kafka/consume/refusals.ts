import { SettingsError } from '../../core/errors.js';
import { sessionTimeouts } from '../admin/broker-settings.js';
import type { Cluster } from '../client/cluster.js';
import type { Admin, SessionTimeouts } from '../port.js';
import { ProtocolError } from '../protocol/error-codes.js';

/**
 * The error for a duplicate instance id. Two processes with the same id would take the partitions from each other
 * forever.
 */
export function fencedError({
  group,
  instanceId = '',
}: {
  readonly group: string;
  readonly instanceId: string | undefined;
}) {
  return new SettingsError(
    `Kafka: another process has joined group ${group} with the instance id ${instanceId} (FENCED_INSTANCE_ID). ` +
      'Give each process its own EVENT_BUS_KAFKA_INSTANCE_ID, or stop the other process first.',
  );
}

/**
 * Rejects if the brokers do not allow the session timeout, before the consumer is reported as consuming. If the brokers
 * do not tell the limits, joining fails instead.
 */
export async function checkSession(admin: Pick<Admin, 'sessionTimeouts'>, sessionTimeoutMs: number): Promise<void> {
  const allowed = await admin.sessionTimeouts().catch(() => undefined);
  if (allowed !== undefined && (sessionTimeoutMs < allowed.minMs || sessionTimeoutMs > allowed.maxMs))
    throw sessionTimeoutError(sessionTimeoutMs, allowed);
}

/** The error for a coordinator that refuses a member for good. `problem` is the name of its error code. */
export async function joinRefusal(
  problem: string,
  of: { readonly group: string; readonly instanceId: string | undefined; readonly sessionTimeoutMs: number },
  cluster: Cluster,
): Promise<Error> {
  if (problem === 'FENCED_INSTANCE_ID') return fencedError(of);
  if (problem !== 'INVALID_SESSION_TIMEOUT') return new ProtocolError(problem);
  return sessionTimeoutError(of.sessionTimeoutMs, await sessionTimeouts(cluster).catch(() => undefined));
}

/** `allowed` are the limits of the brokers, if known. */
function sessionTimeoutError(sessionTimeoutMs: number, allowed: SessionTimeouts | undefined): SettingsError {
  const range =
    allowed === undefined
      ? `the brokers' limits are ${LEAST} and ${MOST}`
      : `allowed: ${allowed.minMs / 1_000} to ${allowed.maxMs / 1_000} (${LEAST}, ${MOST})`;
  return new SettingsError(
    `EVENT_BUS_KAFKA_SESSION_TIMEOUT: got ${sessionTimeoutMs / 1_000}, which the brokers do not allow (INVALID_SESSION_TIMEOUT): ${range}.`,
  );
}

const LEAST = 'group.min.session.timeout.ms';
const MOST = 'group.max.session.timeout.ms';
