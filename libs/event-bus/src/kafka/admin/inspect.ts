import type { Cluster } from '../client/cluster.js';
import { isMissingRight } from '../client/errors.js';
import { BROKER_RESOURCE, DESCRIBE_CONFIGS, TOPIC_RESOURCE } from '../protocol/describe-configs.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { METADATA, type MetadataResponse } from '../protocol/metadata.js';
import type { ClusterFacts, Configs } from './facts.js';

const BROKER_KEYS = [
  'auto.create.topics.enable',
  'num.partitions',
  'default.replication.factor',
  'min.insync.replicas',
  'offsets.retention.minutes',
  'offsets.topic.replication.factor',
];
const TOPIC_KEYS = [
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'retention.ms',
  'cleanup.policy',
  'compression.type',
];
const READ = 3;
const WRITE = 4;

/** Asks the cluster about itself and about topics. Changes nothing. */
export async function inspectCluster(cluster: Cluster, names: readonly string[]): Promise<ClusterFacts> {
  await cluster.refresh([]);
  const { brokers, controllerId, topics } = await cluster.askAny(METADATA, { topics: names, withRights: true });
  const found = topics.filter(({ errorCode }) => errorName(errorCode) === undefined).map(({ name }) => name);
  const nodeId = cluster.brokers.has(controllerId) ? controllerId : (brokers[0]?.nodeId ?? controllerId);
  const broker = await configsOf(cluster, { nodeId, type: BROKER_RESOURCE, names: [`${nodeId}`], keys: BROKER_KEYS });
  const ofTopics = await configsOf(cluster, { nodeId, type: TOPIC_RESOURCE, names: found, keys: TOPIC_KEYS });
  return {
    brokers: brokers.length,
    settings: broker.get(`${nodeId}`),
    topics: topics.map((topic) => factsOf(topic, ofTopics.get(topic.name))),
  };
}

function factsOf({ name, errorCode, partitions, rights }: MetadataResponse['topics'][number], settings: Configs) {
  const fewest = (of: (partition: (typeof partitions)[number]) => number) =>
    partitions.length === 0 ? 0 : Math.min(...partitions.map(of));
  return {
    topic: name,
    error: errorName(errorCode),
    partitions: partitions.length,
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
    replicas: fewest(({ replicas }) => replicas.length),
    inSync: fewest(({ inSync }) => inSync.length),
    mayRead: isSet(rights, READ),
    mayWrite: isSet(rights, WRITE),
    settings,
  };
}

function isSet(rights: number, operation: number): boolean {
  return (rights & (1 << operation)) !== 0;
}

interface Asked {
  readonly nodeId: number;
  readonly type: number;
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

/** Leaves out what the user may not read. */
async function configsOf(
  cluster: Cluster,
  { nodeId, type, names, keys }: Asked,
): Promise<ReadonlyMap<string, NonNullable<Configs>>> {
  if (names.length === 0) return new Map();
  const resources = names.map((name) => ({ type, name, keys }));
  const { results } = await cluster.ask(nodeId, DESCRIBE_CONFIGS, { resources });
  return new Map(
    results.flatMap(({ name, errorCode, configs }) => {
      const problem = errorName(errorCode);
      if (problem === undefined) return [[name, configs] as const];
      const error = new ProtocolError(problem);
      if (isMissingRight(error) || problem === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
      throw error;
    }),
  );
}
