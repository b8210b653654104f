import kafkajs, { type Admin, type Cluster, type Consumer, type MemberDescription } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { asError } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import type { Clients } from '../client/kafkajs-client.js';
import { isFenced, isMissingRight, isReadySoon, kafkaError, protocolErrorOf } from '../client/errors.js';
import { rangeAssigner } from '../consume/assigner.js';
import { lateDecoder, recordsOf } from '../records/late-records.js';
import type { StoredBatch, Committed, Extent, Office, Records, StoredRecord } from '../port.js';
import { type Fetched, onBrokers } from '../client/requests.js';

const FETCH_BYTES = 1024 * 1024;
/** How often, and how long, in ms, a coordinator may say that it will be ready soon: the first group on a new broker waits for it. */
const SOON = { times: 50, ms: 200 };

/** kafkajs's admin, and what it can do only as a consumer: commit for a group without members, and read without a group. */
interface Session {
  readonly admin: Admin;
  readonly cluster: Cluster;
  /** Never runs; it holds the cluster's connections. */
  readonly consumer: Consumer;
  /** How many questions are open. */
  open: number;
  isGivenUp: boolean;
}

export class KafkaOffice implements Office {
  readonly #client: Clients;
  readonly #brokers: string;
  #opening: Promise<Session> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(client: Clients, brokers: readonly string[]) {
    this.#client = client;
    this.#brokers = brokers.join(', ');
  }

  ping(): Promise<void> {
    return this.#ask(`reach the brokers at ${this.#brokers}`, async ({ admin }) => {
      await admin.describeCluster();
    });
  }

  hasTopic(topic: string): Promise<boolean> {
    return this.#ask(`look for topic ${topic}`, ({ admin }) => hasTopic(admin, topic));
  }

  async createTopic(topic: string): Promise<void> {
    if (await this.hasTopic(topic)) return;
    await this.#askInTurn(`make topic ${topic}, which is not there`, async ({ admin }) => {
      try {
        const topics = [{ topic, numPartitions: -1, replicationFactor: -1 }];
        await admin.createTopics({ topics, waitForLeaders: true });
      } catch (cause) {
        if (!isMissingRight(cause)) throw cause;
        // Somebody else may make it, so this is worth waiting for.
        const what = `Kafka: topic ${topic} is not there, and this user may not make it`;
        throw new UnavailableError(`${what}: make it, or grant Create (${protocolErrorOf(cause) ?? ''}).`, { cause });
      }
    });
  }

  extents(topic: string): Promise<readonly Extent[]> {
    return this.#askInTurn(`look up the offsets of ${topic}`, async ({ admin }) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets
        .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
        .toSorted((a, b) => a.partition - b.partition);
    });
  }

  offsetsAt(topic: string, time: Date): Promise<ReadonlyMap<number, number>> {
    return this.#askInTurn(`look up the offsets of ${topic} at ${time.toISOString()}`, async ({ admin }) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, time.getTime());
      return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    });
  }

  committed(topic: string, group: string): Promise<ReadonlyMap<number, Committed>> {
    return this.#ask(`look up the offsets of group ${group} on ${topic}`, async ({ admin }) => {
      const topics = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const partitions = topics.find((each) => each.topic === topic)?.partitions ?? [];
      return new Map(
        partitions
          .filter(({ offset }) => Number(offset) >= 0)
          .map(({ partition, offset, metadata }) => [
            partition,
            { partition, offset: Number(offset), metadata: metadata ?? '' },
          ]),
      );
    });
  }

  commit(topic: string, group: string, offsets: readonly Committed[]): Promise<boolean> {
    return this.#ask(`commit offsets of group ${group} on ${topic}`, async ({ cluster }) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const partitions = offsets.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata,
      }));
      try {
        // As no member of no generation, which a group takes only while it has no members: kafkajs's setOffsets joins for it, in 5 s.
        await coordinator.offsetCommit({
          groupId: group,
          groupGenerationId: -1,
          memberId: '',
          topics: [{ topic, partitions }],
        });
        return true;
      } catch (error) {
        if (isFenced(error)) return false;
        throw error;
      }
    });
  }

  membersOf(group: string): Promise<readonly string[]> {
    return this.#ask(`look up group ${group}`, async ({ admin }) => {
      const { groups } = await admin.describeGroups([group]);
      const { state = 'Dead', members = [] } = groups[0] ?? {};
      if (state === 'Dead' || state === 'Unknown' || state === 'Empty') return [];
      return members.length === 0 ? [`a group that is ${state}`] : members.map(memberText);
    });
  }

  fetch(topic: string, partition: number, offset: number): Promise<StoredBatch> {
    return this.#askInTurn(`read ${topic}`, async ({ cluster }) => {
      await cluster.addMultipleTargetTopics([topic]);
      await cluster.refreshMetadataIfNecessary();
      const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      const broker = await cluster.findBroker({ nodeId });
      const answer = (await broker.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: 100,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES }] }],
      })) as Fetched;
      const messages = answer.responses.flatMap(({ partitions }) => partitions.flatMap((of) => of.messages));
      const last = messages.at(-1);
      const read = recordsOf(messages.filter((message) => message.isControlRecord !== true));
      return {
        partition,
        from: offset,
        until: last === undefined ? offset : Number(last.offset) + 1,
        records: read.flatMap((records) => [...taken(records, offset)]),
      };
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const session = await opening?.catch(() => undefined);
    if (session !== undefined) await giveUp(session);
  }

  /** For what needs the metadata of a topic: who asks for another one meanwhile gets, from kafkajs, what was asked for first, without his own. */
  #askInTurn<Result>(doing: string, question: (session: Session) => Promise<Result>): Promise<Result> {
    const asked = this.#turn.then(() => this.#ask(doing, question));
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  /** Asks again while a coordinator says that it will be ready soon. Connections of which one failed are made anew by the next call. */
  async #ask<Result>(doing: string, question: (session: Session) => Promise<Result>): Promise<Result> {
    const opening = (this.#opening ??= this.#open());
    try {
      return await using(await opening, question);
    } catch (thrown) {
      if (this.#opening === opening) this.#opening = undefined;
      throw kafkaError(thrown, doing);
    }
  }

  async #open(): Promise<Session> {
    const admin = this.#client.admin();
    const clusters: Cluster[] = [];
    const decodeLate = lateDecoder();
    const consumer = this.#client.consumer({
      groupId: 'nest-event-bus-office',
      allowAutoTopicCreation: false,
      partitionAssigners: [rangeAssigner((each) => clusters.push(each))],
    });
    const [cluster] = clusters;
    if (cluster === undefined) throw new Error('kafkajs made no cluster.');
    onBrokers(cluster, decodeLate);
    const session = { admin, cluster, consumer, open: 0, isGivenUp: false };
    // Both to their end: a connection that is made after its client was told to let go would keep the process.
    const results = await Promise.allSettled([admin.connect(), consumer.connect()]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await disconnect(session);
      throw asError(failed.reason);
    }
    return session;
  }
}

const { MemberAssignment } = kafkajs.AssignerProtocol;
const READ_COMMITTED = 1;

function* taken(records: Records, from: number): Generator<StoredRecord> {
  for (let next = records.next(from); next !== undefined; next = records.next(next.offset + 1)) yield next;
}

async function hasTopic(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.some(({ name }) => name === topic);
  } catch (error) {
    if (protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
    throw error;
  }
}

function memberText({ clientId, clientHost, memberAssignment }: MemberDescription): string {
  const topics = memberAssignment.length === 0 ? undefined : MemberAssignment.decode(memberAssignment)?.assignment;
  const on = Object.keys(topics ?? {});
  return `${clientId} at ${clientHost.replace(/^\//, '')}${on.length === 0 ? '' : ` (${on.join(', ')})`}`;
}

/** A session that fails one question is for those that are open already, and for no other. */
async function using<Result>(session: Session, question: (session: Session) => Promise<Result>): Promise<Result> {
  session.open += 1;
  try {
    for (let n = 1; ; n += 1) {
      try {
        return await question(session);
      } catch (error) {
        if (!isReadySoon(error) || n === SOON.times) throw error;
        await pause(SOON.ms);
      }
    }
  } catch (thrown) {
    session.isGivenUp = true;
    throw thrown;
  } finally {
    session.open -= 1;
    // By the last: kafkajs connects again for one that it is still trying, and nobody would end that connection.
    if (session.isGivenUp && session.open === 0) void disconnect(session);
  }
}

/** Ends its connections at once, and those that what is open makes meanwhile. */
async function giveUp(session: Session): Promise<void> {
  session.isGivenUp = true;
  await disconnect(session);
}

async function disconnect({ admin, consumer }: Session): Promise<void> {
  await Promise.allSettled([admin.disconnect(), consumer.disconnect()]);
}
