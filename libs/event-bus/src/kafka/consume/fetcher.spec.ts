import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeTopic } from '../../../../../test/support/kafka.js';
import { requires } from '../../../../../test/support/requirements.js';
import { until } from '../../testing/until.js';
import { Cluster } from '../client/cluster.js';
import { clusterOptions } from '../client/cluster-options.js';
import type { Batch, FetchListener } from '../port.js';
import { UNPACKED_BYTES } from '../records/batches.js';
import { Fetcher, type FetcherOptions } from './fetcher.js';

/** How long a broker waits for records. It is long, so that a fetcher that waits for it is noticed. */
const POLL_MS = 8_000;
const WITHIN = { withinMs: POLL_MS / 2 };
const { GZIP, None: PLAIN } = kafkajs.CompressionTypes;

await requires('kafka-3.9', 'The fetcher of a topic', (startKafka) => {
  let brokers: string;
  let admin: Admin;
  let producer: Producer;
  let topic: string;
  let cluster: Cluster;
  let fetcher: Fetcher | undefined;
  let told: Told;

  beforeAll(async () => {
    brokers = await startKafka();
    const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
    admin = client.admin();
    producer = client.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

  beforeEach(async () => {
    topic = `fetcher-${randomBytes(4).toString('hex')}`;
    await makeTopic(brokers, topic, 3);
    cluster = new Cluster(clusterOptions({ brokers: brokers.split(','), clientId: 'fetcher' }));
    told = new Told();
  });
  afterEach(() => {
    fetcher?.close();
    cluster.close();
  });

  const start = (options: Partial<FetcherOptions> = {}): Fetcher => {
    fetcher = new Fetcher(cluster, { topic, pollMs: POLL_MS, maxBatchBytes: UNPACKED_BYTES, ...options }, told);
    return fetcher;
  };
  const send = (
    partition: number,
    values: readonly (string | Buffer)[],
    compression: kafkajs.CompressionTypes = PLAIN,
  ) => producer.send({ topic, compression, messages: values.map((value) => ({ partition, value })) });

  it('gives out what lies in its partitions, each from where it was started, and goes on', async () => {
    await send(0, ['a', 'b', 'c']);
    await send(1, ['d']);
    const reading = start();
    reading.start(0, 1);
    reading.start(1, 0);
    reading.start(2, 0);
    await until(() => told.values().length === 3, { ...WITHIN, what: 'the records that are there' });
    await send(2, ['e']);
    await send(0, ['f']);
    await until(() => told.values().length === 5, { ...WITHIN, what: 'the records that came' });
    expect([told.values(0), told.values(1), told.values(2)]).toEqual([['b', 'c', 'f'], ['d'], ['e']]);
    expect(told.batches.filter(({ partition }) => partition === 0).map((batch) => [batch.from, batch.until])).toEqual([
      [1, 3],
      [3, 4],
    ]);
  });

  it('has no partition wait for another that has nothing new, also when it is wanted only later', async () => {
    for (const partition of [0, 1]) await send(partition, ['first']);
    told.unwanted.add(0).add(1);
    const reading = start();
    for (const partition of [0, 1, 2]) reading.start(partition, 0);
    // Partition 2 waits at the broker by then.
    await until(() => cluster.topics.get(topic) !== undefined, { ...WITHIN, what: 'the topic to be known' });
    for (const partition of [0, 1]) {
      told.unwanted.delete(partition);
      reading.changed();
      await until(() => told.values(partition).length === 1, { ...WITHIN, what: `partition ${partition}` });
    }
    await send(2, ['late']);
    await until(() => told.values(2).length === 1, { ...WITHIN, what: 'the partition that waits' });
    await send(0, ['second']);
    await until(() => told.values(0).length === 2, { ...WITHIN, what: 'the next record of a partition that waits' });
  });

  it('gives out nothing of a partition that is not wanted, or was stopped', async () => {
    told.unwanted.add(1);
    const reading = start();
    for (const partition of [0, 1, 2]) reading.start(partition, 0);
    await send(0, ['a']);
    await until(() => told.values(0).length === 1, { ...WITHIN, what: 'the first record' });
    reading.stop(0);
    for (const partition of [0, 1, 2]) await send(partition, ['b']);
    await until(() => told.values(2).length === 1, { ...WITHIN, what: 'the record of the other partition' });
    reading.start(0, 1);
    await until(() => told.values(0).length === 2, { ...WITHIN, what: 'the partition that was started again' });
    expect(told.values(0)).toEqual(['a', 'b']);
    expect(told.values(1)).toEqual([]);
  });

  it('asks where to read on when what it is to read is not retained', async () => {
    await send(0, ['a', 'b', 'c']);
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    const reading = start();
    reading.start(0, 0);
    await until(() => told.values(0).length === 1, { ...WITHIN, what: 'what is retained' });
    expect(told.outOfRange).toEqual([[0, { asked: 0, low: 2, high: 3 }]]);
    reading.start(1, 50);
    await until(() => told.outOfRange.length === 2, { ...WITHIN, what: 'the position behind the end' });
    expect(told.outOfRange[1]).toEqual([1, { asked: 50, low: 0, high: 0 }]);
  });

  it('has a partition whose batch cannot be read wait by itself, and goes on when it is told to begin behind it', async () => {
    const large = Buffer.alloc(2_000_000);
    await send(0, ['before']);
    await send(0, [large], GZIP);
    await send(0, ['behind']);
    const reading = start({ maxBatchBytes: 1_000_000 });
    reading.start(0, 0);
    reading.start(1, 0);
    await until(() => told.unreadable.length === 1, { ...WITHIN, what: 'the batch that cannot be read' });
    await send(1, ['beside']);
    await until(() => told.values(1).length === 1, { ...WITHIN, what: 'the other partition' });
    expect(told.values(0)).toEqual(['before']);
    const [partition, offset, { message }] = told.unreadable[0] ?? [0, 0, new Error()];
    expect([partition, offset]).toEqual([0, 1]);
    expect(message).toContain(`Kafka: the batch at offset 1 of partition 0 of ${topic} cannot be read: `);
    expect(message).toContain("To skip it, stop the group's members and move the group to 0:2 (event-bus move).");
    reading.start(0, 2);
    await until(() => told.values(0).length === 2, { ...WITHIN, what: 'the record behind it' });
    expect(told.unreadable).toHaveLength(1);
  });

  it('unpacks no more at a time than it may, whatever a broker answers with', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024);
    for (let n = 0; n < 6; n += 1) await send(0, [large], GZIP);
    const reading = start();
    reading.start(0, 0);
    await until(() => told.values(0).length === 6, { ...WITHIN, what: 'the records' });
    expect(told.batches.length).toBeGreaterThanOrEqual(2);
    for (const { records } of told.batches) expect(records.length).toBeLessThanOrEqual(5);
  });

  it('tells that another topic has its name, of which it gives out nothing', async () => {
    await send(0, ['a', 'b', 'c']);
    const reading = start({ pollMs: 250 });
    reading.start(0, 0);
    await until(() => told.values(0).length === 3, { ...WITHIN, what: 'the first records' });
    told.unwanted.add(0);
    await admin.deleteTopics({ topics: [topic] });
    await makeTopicAgain();
    await send(0, ['1', '2', '3', '4', '5']);
    told.unwanted.delete(0);
    reading.changed();
    await until(() => told.replaced === 1, { withinMs: 10_000, what: 'the news of the other topic' });
    expect(told.values(0)).toEqual(['a', 'b', 'c']);
  });

  it('waits for a topic that is gone without a word', async () => {
    await admin.deleteTopics({ topics: [topic] });
    // A broker may know the topic for a moment longer; the next one would be another then.
    const isGone = async () => !(await admin.listTopics()).includes(topic);
    await until(isGone, { ...WITHIN, what: 'the topic to be gone' });
    const reading = start({ pollMs: 250 });
    reading.start(0, 0);
    await until(() => cluster.topics.get(topic)?.error !== undefined, { ...WITHIN, what: 'the topic to be missed' });
    await makeTopicAgain();
    await send(0, ['a']);
    await until(() => told.values(0).length === 1, { withinMs: 10_000, what: 'the record' });
    expect([told.unreadable, told.failed]).toEqual([[], []]);
  });

  /** Tries again, because the name is in use for a moment after the topic was deleted. */
  async function makeTopicAgain(): Promise<void> {
    const isMade = () =>
      makeTopic(brokers, topic, 3).then(
        () => true,
        () => false,
      );
    await until(isMade, { withinMs: 20_000, what: 'the topic to be made anew' });
  }
});

class Told implements FetchListener {
  readonly unwanted = new Set<number>();
  readonly batches: Batch[] = [];
  readonly outOfRange: (readonly [number, object])[] = [];
  readonly unreadable: (readonly [number, number, Error])[] = [];
  readonly failed: Error[] = [];
  replaced = 0;
  readonly #values = new Map<number, string[]>();

  values(partition?: number): readonly string[] {
    return partition === undefined ? [...this.#values.values()].flat() : (this.#values.get(partition) ?? []);
  }

  wants(partition: number): boolean {
    return !this.unwanted.has(partition);
  }

  onBatch(batch: Batch): void {
    this.batches.push(batch);
    const values = this.#values.get(batch.partition) ?? [];
    this.#values.set(batch.partition, values);
    for (const records of batch.records)
      for (let next = records.next(batch.from); next !== undefined; next = records.next(batch.from))
        values.push(Buffer.from(next.value ?? []).toString('utf8', 0, 20));
  }

  onOutOfRange(partition: number, range: { readonly asked: number; readonly low: number }): number {
    this.outOfRange.push([partition, range]);
    return range.low;
  }

  onUnreadable(...of: [number, number, Error]): void {
    this.unreadable.push(of);
  }

  onTopicReplaced(): void {
    this.replaced += 1;
  }

  onFailed(error: Error): void {
    this.failed.push(error);
  }
}
