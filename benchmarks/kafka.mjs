// Compares Kafka with bare kafkajs and with Nest's own transport.
import { inProcess } from './in-process.mjs';
import { interleaved, records, report, ROUNDS } from './rounds.mjs';
import { kafkaSettings } from './settings.mjs';
import { withServers } from './servers.mjs';
import { fillKafka, makeTopic, named } from './topics.mjs';

export async function run() {
  await withServers(['kafka', 'registry'], async (servers) => {
    await consuming(servers);
    await publishing(servers);
  });
}

async function consuming(servers) {
  const { kafka } = servers;
  const total = records(300_000);
  const skip = total / 5;
  const topic = await makeTopic(kafka, 'consume');
  await fillKafka(servers, topic, total);
  const task = () => ({ topic, group: named('group'), total, skip });
  const ours = () => inProcess('ours', 'consume', { settings: kafkaSettings(servers), ...task() });
  const theirs = (side) => inProcess(side, 'consume', { brokers: kafka.brokers, ...task() });
  const found = await interleaved(ROUNDS, {
    ours: async () => speed(await ours()),
    bare: async () => speed(await theirs('kafkajs')),
    nest: async () => speed(await theirs('nest-kafka')),
  });
  report('Kafka consume, 6 partitions', found.ours, found.bare, '>= 0.9', {
    against: 'kafkajs eachBatch, every batch committed',
  });
  report('Kafka consume, 6 partitions', found.ours, found.nest, '>= 2', {
    against: 'Kafka transport of @nestjs/microservices',
  });
}

function speed({ perSecond, duplicates }) {
  if (duplicates > 0) console.log(`  ${duplicates} duplicates`);
  return perSecond;
}

async function publishing(servers) {
  const { kafka } = servers;
  const settings = kafkaSettings(servers);
  const { brokers } = kafka;
  const topic = await makeTopic(kafka, 'publish');
  const single = { topic, total: records(100_000), skip: records(20_000), callers: 100 };
  const callers = await interleaved(ROUNDS, {
    ours: async () => (await inProcess('ours', 'publish', { settings, ...single })).perSecond,
    bare: async () =>
      (await inProcess('kafkajs', 'publish', { brokers, ...single, total: single.total / 2, skip: single.skip / 2 }))
        .perSecond,
  });
  report('Kafka publish, 100 concurrent callers', callers.ours, callers.bare, '>= 8', {
    against: '100 concurrent kafkajs send, acks=all',
  });
  const batch = { topic, total: records(100_000), skip: records(20_000), size: 500 };
  const batches = await interleaved(ROUNDS, {
    ours: async () => (await inProcess('ours', 'publishBatches', { settings, ...batch })).perSecond,
    bare: async () => (await inProcess('kafkajs', 'publishBatches', { brokers, ...batch })).perSecond,
  });
  report('Kafka publish, 500 calls together', batches.ours, batches.bare, '>= 0.8', {
    against: 'kafkajs batches of 500, acks=all',
  });
}
