import { UnavailableError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { isMissingRight, protocolErrorOf } from '../client/errors.js';
import type { Topic } from '../client/topics.js';
import { CREATE_TOPICS, type NewTopic } from '../protocol/create-topics.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { METADATA } from '../protocol/metadata.js';
import { again, patiently } from './patience.js';

/** The time limit of the controller for creating a topic, in ms. */
const MAKING_MS = 8_000;

/** The topic as one broker knows it now; `undefined` if it does not exist there. */
export async function findTopic(cluster: Cluster, topic: string): Promise<Topic | undefined> {
  const [found] = await cluster.refresh([topic]);
  if (found?.error === undefined) return found;
  if (found.error === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
  throw new ProtocolError(found.error);
}

/**
 * Like `findTopic`, for a topic that should exist. Rejects if the broker does not know it (yet): brokers learn of
 * topics one after the other.
 */
export async function theTopicAt(cluster: Cluster, topic: string): Promise<Topic> {
  const found = await findTopic(cluster, topic);
  if (found === undefined) throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
  return found;
}

/** Creates the topic unless it exists. Resolves when all its partitions have leaders. */
export async function makeTopic(cluster: Cluster, wanted: NewTopic): Promise<void> {
  const { topic } = wanted;
  if ((await findTopic(cluster, topic)) !== undefined) return;
  try {
    await patiently({
      whom: async () => (await cluster.askAny(METADATA, { topics: [] })).controllerId,
      ask: (controller) => askToMake(cluster, controller, wanted),
    });
  } catch (cause) {
    if (!isMissingRight(cause)) throw cause;
    // Somebody else may create it, so it is worth waiting.
    const what = `Kafka: topic ${topic} does not exist, and this user may not create it`;
    throw new UnavailableError(`${what}: create the topic, or grant Create (${protocolErrorOf(cause) ?? ''}).`, {
      cause,
    });
  }
  await again(async () => {
    const { partitions } = await theTopicAt(cluster, topic);
    const isLed = partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
    if (!isLed) throw new ProtocolError('LEADER_NOT_AVAILABLE');
  });
}

async function askToMake(cluster: Cluster, controller: number, topic: NewTopic): Promise<void> {
  const { topics } = await cluster.ask(controller, CREATE_TOPICS, { topics: [topic], timeoutMs: MAKING_MS });
  const { errorCode = 0, errorMessage = null } = topics[0] ?? {};
  const problem = errorName(errorCode);
  if (problem !== undefined && problem !== 'TOPIC_ALREADY_EXISTS') throw new ProtocolError(problem, errorMessage);
}
