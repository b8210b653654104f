import type { Cluster } from '../client/cluster.js';
import { isMissingRight } from '../client/errors.js';
import type { SessionTimeouts } from '../port.js';
import { BROKER_RESOURCE, DESCRIBE_CONFIGS } from '../protocol/describe-configs.js';
import { refuse } from '../protocol/error-codes.js';
import { METADATA } from '../protocol/metadata.js';
import { patiently } from './patience.js';

/**
 * The numeric settings of a broker. Empty if the user may not read them; a setting that the broker does not tell is
 * missing.
 */
export async function brokerSettings(cluster: Cluster, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  await cluster.refresh([]);
  try {
    return await patiently({
      whom: async () => (await cluster.askAny(METADATA, { topics: [] })).controllerId,
      async ask(nodeId) {
        const resources = [{ type: BROKER_RESOURCE, name: String(nodeId), keys }];
        const { results } = await cluster.ask(nodeId, DESCRIBE_CONFIGS, { resources });
        refuse(results[0]?.errorCode ?? 0);
        const texts = [...(results[0]?.configs ?? [])];
        return new Map(texts.flatMap(([key, text]) => (text === null ? [] : [[key, Number(text)] as const])));
      },
    });
  } catch (error) {
    if (isMissingRight(error)) return new Map();
    throw error;
  }
}

const MIN_SESSION = 'group.min.session.timeout.ms';
const MAX_SESSION = 'group.max.session.timeout.ms';

/** The allowed session timeouts; `undefined` if the user may not read them. */
export async function sessionTimeouts(cluster: Cluster): Promise<SessionTimeouts | undefined> {
  const found = await brokerSettings(cluster, [MIN_SESSION, MAX_SESSION]);
  const [minMs, maxMs] = [found.get(MIN_SESSION), found.get(MAX_SESSION)];
  return minMs === undefined || maxMs === undefined ? undefined : { minMs, maxMs };
}
