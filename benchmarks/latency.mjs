// Compares the latency from publish to handler. Both sides publish each event separately, at the same rate.
import { setTimeout as pause } from 'node:timers/promises';

import { inProcess, start } from './in-process.mjs';
import { addRow } from './results.mjs';
import { interleaved, IS_QUICK, median, ROUNDS } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const RATES = [100, 1_000, 5_000];
const SECONDS = IS_QUICK ? 1 : 3;
/** The first phase does not count: code is compiled meanwhile, and one side has more of it. */
const PHASES = [
  { perSecond: 2_000, count: 2_000 * SECONDS },
  ...RATES.map((perSecond) => ({ perSecond, count: perSecond * SECONDS })),
];

export async function run() {
  await withServers(['kafka', 'registry', 'redis'], async (servers) => {
    const { kafka, redis } = servers;
    const kafkaTopic = () => makeTopic(kafka, 'latency');
    const redisTopic = () => Promise.resolve(named('latency'));
    await compare('Kafka', 1.5, {
      ours: async () =>
        side('ours', await kafkaTopic(), { settings: kafkaSettings(servers) }, (topic) =>
          wake(fillKafka, servers, topic),
        ),
      bare: async () =>
        side('kafkajs', await kafkaTopic(), { brokers: kafka.brokers }, (topic) => wake(fillKafka, servers, topic)),
    });
    await compare('Redis', 2, {
      ours: async () =>
        side('ours', await redisTopic(), { settings: redisSettings(servers) }, (topic) =>
          wake(fillRedis, servers, topic),
        ),
      bare: async () =>
        side('ioredis', await redisTopic(), { url: redis.url }, (topic) => wake(fillRedis, servers, topic)),
    });
  });
}

/** Publishes an event that does not count. A consumer that has received it is ready. */
const wake = (fill, servers, topic) => fill(servers, topic, 1, { from: -1 });

async function side(name, topic, where, wakeUp) {
  const consumer = start(name, 'latencies', { ...where, topic, group: named('group'), phases: PHASES });
  consumer.answered.catch(() => undefined);
  await wakeUp(topic);
  await consumer.said((message) => message === 'ready');
  await pause(300);
  await inProcess(name, 'publishAtRates', { ...where, topic, phases: PHASES });
  return consumer.answered;
}

/** `most` is the limit for our 99th percentile, as a multiple of the bare client's. */
async function compare(name, most, sides) {
  const { ours, bare } = await interleaved(ROUNDS, sides);
  for (const [index, rate] of RATES.entries()) {
    const n = index + 1;
    const figure = (rounds, quantile) => median(rounds.map((phases) => phases[n][quantile]));
    const text = (rounds) => `p50 ${figure(rounds, 'p50').toFixed(1)} ms, p99 ${figure(rounds, 'p99').toFixed(1)} ms`;
    const ratio = median(ours.map((phases, round) => phases[n].p99 / bare[round][n].p99));
    addRow({
      work: `${name}, publish to handler at ${rate.toLocaleString('en')}/s`,
      against: 'the bare client, p99',
      ours: text(ours),
      theirs: text(bare),
      result: ratio.toFixed(2),
      ratio,
      goal: `<= ${most}`,
    });
  }
}
