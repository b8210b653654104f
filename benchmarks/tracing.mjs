// The cost of traces: tracing off, tracing on without an SDK, and with an SDK that samples 1 %.
import { inProcess } from './in-process.mjs';
import { interleaved, records, report, ROUNDS } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const SHARE = 0.01;

export async function run() {
  await withServers(['kafka', 'registry', 'redis'], async (servers) => {
    const kafka = kafkaSettings(servers);
    await consuming('Kafka', kafka, records(300_000), async (total, options) => {
      const topic = await makeTopic(servers.kafka, 'tracing');
      await fillKafka(servers, topic, total, options);
      return topic;
    });
    await publishing('Kafka', kafka, await makeTopic(servers.kafka, 'tracing'), records(100_000));
    const redis = redisSettings(servers);
    await consuming('Redis', redis, records(150_000), async (total, options) => {
      const topic = named('tracing');
      await fillRedis(servers, topic, total, options);
      return topic;
    });
    await publishing('Redis', redis, named('tracing'), records(100_000));
  });
}

/** With an SDK, the records carry the traces of their publisher. */
async function consuming(name, settings, total, fill) {
  const plain = await fill(total, {});
  const traced = await fill(total, { sampled: SHARE });
  const consume = (topic, task) =>
    inProcess('ours', 'consume', { topic, group: named('group'), total, skip: total / 5, ...task });
  await compare(`${name} consume`, {
    off: () => consume(plain, { settings }),
    noSdk: () => consume(plain, { settings: { ...settings, tracing: true } }),
    sampled: () => consume(traced, { settings: { ...settings, tracing: true }, sdk: SHARE }),
  });
}

async function publishing(name, settings, topic, total) {
  const publish = (task) => inProcess('ours', 'publish', { topic, total, skip: total / 5, callers: 100, ...task });
  await compare(`${name} publish, 100 concurrent callers`, {
    off: () => publish({ settings }),
    noSdk: () => publish({ settings: { ...settings, tracing: true } }),
    sampled: () => publish({ settings: { ...settings, tracing: true }, sdk: SHARE }),
  });
}

async function compare(work, sides) {
  const measured = Object.entries(sides).map(([side, measure]) => [side, async () => (await measure()).perSecond]);
  const found = await interleaved(ROUNDS, Object.fromEntries(measured));
  const against = { against: 'EVENT_BUS_TRACING off' };
  report(`${work}, tracing on, no SDK`, found.noSdk, found.off, '>= 0.97', against);
  report(`${work}, an SDK samples 1 %`, found.sampled, found.off, '>= 0.9', against);
}
