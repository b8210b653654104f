import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { atRates, meter, numbered, stopwatch } from '../events.mjs';
import { byCallers, decode, encode, kafkaHeaders } from './bare.mjs';

const client = (brokers) => new kafkajs.Kafka({ brokers, clientId: 'bare', logLevel: kafkajs.logLevel.ERROR });

/** Reads batches, decodes every value, and commits every batch. */
export async function consume({ total, skip = 0, ...options }) {
  const { arrived, all, check } = meter(total, skip);
  const consumer = await consumeBatches(options, (data) => arrived(data.number.seq));
  const perSecond = await all;
  await pause(200);
  await consumer.disconnect();
  return { perSecond, ...check() };
}

async function consumeBatches({ brokers, topic, group }, handle) {
  const consumer = client(brokers).consumer({ groupId: group, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 6,
    async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary }) {
      for (const { value } of batch.messages) handle(decode(value.subarray(5)));
      const last = batch.lastOffset();
      resolveOffset(last);
      const offset = String(BigInt(last) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition: batch.partition, offset }] }] });
    },
  });
  return consumer;
}

export async function latencies({ phases, ...options }, tell) {
  const { arrived, all, quantiles } = stopwatch(phases);
  const consumer = await consumeBatches(options, (data) => {
    if (data.number.seq < 0) tell('ready');
    else arrived(data);
  });
  await all;
  await consumer.disconnect();
  return quantiles();
}

export async function publishAtRates({ brokers, topic, phases }) {
  const sender = await producer(brokers);
  await atRates(phases, (data) => sender.send({ topic, acks: -1, messages: [messageOf(data)] }));
  await sender.disconnect();
}

const FRAME = Buffer.from([0, 0, 0, 0, 1]);
const message = (n) => messageOf(numbered(n));
const messageOf = (data) => {
  const key = Buffer.concat([FRAME, Buffer.from([data.number.key.length * 2]), Buffer.from(data.number.key)]);
  return { key, value: Buffer.concat([FRAME, encode(data)]), headers: kafkaHeaders() };
};

async function producer(brokers) {
  const made = client(brokers).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await made.connect();
  return made;
}

export async function publish({ brokers, topic, ...options }) {
  const sender = await producer(brokers);
  const send = (n) => sender.send({ topic, acks: -1, messages: [message(n)] });
  const perSecond = await byCallers(options, send);
  await sender.disconnect();
  return { perSecond };
}

export async function publishBatches({ brokers, topic, total, skip, size }) {
  const sender = await producer(brokers);
  let startedAt;
  for (let next = 0; next < total; next += size) {
    if (next === skip) startedAt = performance.now();
    await sender.send({ topic, acks: -1, messages: Array.from({ length: size }, (_, n) => message(next + n)) });
  }
  const perSecond = ((total - skip) * 1000) / (performance.now() - startedAt);
  await sender.disconnect();
  return { perSecond };
}
