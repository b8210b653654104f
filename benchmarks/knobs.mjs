// Compares the settings of docs/tuning.md with their defaults.
import { inProcess } from './in-process.mjs';
import { addRow } from './results.mjs';
import { interleaved, IS_QUICK, median, records } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const ROUNDS = IS_QUICK ? 1 : 3;

export async function run() {
  await withServers(['kafka', 'registry', 'redis'], async (servers) => {
    await windows(servers);
    await concurrency(servers);
    await publishing(servers);
  });
}

async function windows(servers) {
  const total = records(60_000);
  const task = { group: '', total, skip: total / 5 };
  const kafkaTopic = await makeTopic(servers.kafka, 'knobs');
  await fillKafka(servers, kafkaTopic, total);
  const redisTopic = named('knobs');
  await fillRedis(servers, redisTopic, total);
  for (const [name, settings, topic] of [
    ['Kafka', kafkaSettings(servers), kafkaTopic],
    ['Redis', redisSettings(servers), redisTopic],
  ]) {
    await compare(`${name} consume, EVENT_BUS_CONSUMER_MAX_IN_FLIGHT`, [200, 20, 1000], async (maxInFlight) => {
      const found = await inProcess('ours', 'consume', {
        ...task,
        settings: { ...settings, maxInFlight },
        topic,
        group: named('group'),
      });
      return found.perSecond;
    });
  }
}

async function concurrency(servers) {
  await compare(
    'Kafka, handlers of 10 ms, one partition, ordering by key, EVENT_BUS_CONSUMER_CONCURRENCY',
    [1, 4, 16, 64],
    async (n) => {
      const total = 100 * Math.min(n, 20) + 100;
      const topic = await makeTopic(servers.kafka, 'knobs', 1);
      await fillKafka(servers, topic, total);
      const settings = { ...kafkaSettings(servers), ordering: 'key', concurrency: n };
      const task = { settings, topic, group: named('group'), total, skip: total / 10, waitMs: 10 };
      return (await inProcess('ours', 'consume', task)).perSecond;
    },
  );
}

async function publishing(servers) {
  const topic = await makeTopic(servers.kafka, 'knobs');
  const publish = async (more, callers) => {
    const task = { topic, total: records(200 * callers), skip: records(50 * callers), callers };
    return (await inProcess('ours', 'publish', { settings: { ...kafkaSettings(servers), ...more }, ...task }))
      .perSecond;
  };
  await compare('Kafka publish, 100 callers, EVENT_BUS_KAFKA_LINGER', [0, 0.005, 0.02], (kafkaLinger) =>
    publish({ kafkaLinger }, 100),
  );
  await compare('Kafka publish, one caller, EVENT_BUS_KAFKA_LINGER', [0, 0.005, 0.02], (kafkaLinger) =>
    publish({ kafkaLinger }, 1),
  );
  await compare('Kafka publish, 100 callers, EVENT_BUS_KAFKA_COMPRESSION', ['none', 'gzip'], (kafkaCompression) =>
    publish({ kafkaCompression }, 100),
  );
}

async function compare(work, values, measure) {
  const found = await interleaved(
    ROUNDS,
    Object.fromEntries(values.map((value) => [`at ${value}`, () => measure(value)])),
  );
  const [byDefault] = values;
  for (const value of values.slice(1)) {
    const [ours, theirs] = [found[`at ${value}`], found[`at ${byDefault}`]];
    const perSecond = (figures) => `${Math.round(median(figures)).toLocaleString('en')}/s`;
    const result = median(ours.map((figure, n) => figure / theirs[n])).toFixed(2);
    addRow({
      work: `${work} ${value}`,
      against: String(byDefault),
      ours: perSecond(ours),
      theirs: perSecond(theirs),
      result,
    });
  }
}
