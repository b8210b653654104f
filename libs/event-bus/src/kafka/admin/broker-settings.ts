import type { Cluster } from '../client/cluster.js';
import { isMissingRight } from '../client/errors.js';
import { BROKER_RESOURCE, DESCRIBE_CONFIGS } from '../protocol/describe-configs.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { METADATA } from '../protocol/metadata.js';
import { patiently } from './patience.js';

/** How a broker is set, as numbers; none where the user may not ask for it, or the broker does not tell. */
export async function brokerSettings(cluster: Cluster, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  await cluster.refresh([]);
  try {
    return await patiently({
      whom: async () => (await cluster.askAny(METADATA, { topics: [] })).controllerId,
      async ask(nodeId) {
        const resources = [{ type: BROKER_RESOURCE, name: String(nodeId), keys }];
        const { results } = await cluster.ask(nodeId, DESCRIBE_CONFIGS, { resources });
        const problem = errorName(results[0]?.errorCode ?? 0);
        if (problem !== undefined) throw new ProtocolError(problem);
        const texts = [...(results[0]?.configs ?? [])];
        return new Map(texts.flatMap(([key, text]) => (text === null ? [] : [[key, Number(text)] as const])));
      },
    });
  } catch (error) {
    if (isMissingRight(error)) return new Map();
    throw error;
  }
}
