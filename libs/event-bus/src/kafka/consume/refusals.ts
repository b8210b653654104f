import { SettingsError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { BROKER_RESOURCE, DESCRIBE_CONFIGS } from '../protocol/describe-configs.js';

/** Two processes with one name would take the partitions from one another for ever. */
export function fencedError({
  group,
  instanceId = '',
}: {
  readonly group: string;
  readonly instanceId: string | undefined;
}) {
  return new SettingsError(
    `Kafka: another process has joined group ${group} with the instance id ${instanceId} (FENCED_INSTANCE_ID). ` +
      'Give every process an EVENT_BUS_KAFKA_INSTANCE_ID of its own, or stop the other one first.',
  );
}

const LEAST = 'group.min.session.timeout.ms';
const MOST = 'group.max.session.timeout.ms';

/** Says what the brokers allow, when they tell. */
export async function sessionTimeoutError(
  cluster: Cluster,
  { sessionTimeoutMs }: { readonly sessionTimeoutMs: number },
): Promise<SettingsError> {
  const allowed = await allowedBy(cluster).catch(() => undefined);
  const range =
    allowed === undefined
      ? `what they allow is in their ${LEAST} and ${MOST}`
      : `allowed is ${allowed.least / 1_000} to ${allowed.most / 1_000} (${LEAST}, ${MOST})`;
  return new SettingsError(
    `EVENT_BUS_KAFKA_SESSION_TIMEOUT: got ${sessionTimeoutMs / 1_000}, which the brokers do not allow (INVALID_SESSION_TIMEOUT): ${range}.`,
  );
}

async function allowedBy(cluster: Cluster): Promise<{ readonly least: number; readonly most: number } | undefined> {
  const [node] = cluster.brokers.keys();
  if (node === undefined) return undefined;
  const resources = [{ type: BROKER_RESOURCE, name: String(node), keys: [LEAST, MOST] }];
  const { results } = await cluster.ask(node, DESCRIBE_CONFIGS, { resources }, { timeoutMs: 3_000 });
  const valueOf = (name: string) => Number(results[0]?.configs.get(name) ?? NaN);
  const [least, most] = [valueOf(LEAST), valueOf(MOST)];
  return Number.isFinite(least) && Number.isFinite(most) ? { least, most } : undefined;
}
