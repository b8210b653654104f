// The cost of traces: tracing off, tracing on without an SDK, and with an SDK that samples 1 %.
import { inProcess } from './in-process.mjs';
import { addRow } from './results.mjs';
import { interleaved, median, records, report, ROUNDS } from './rounds.mjs';
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
  const { off, noSdk, sampled } = await interleaved(ROUNDS, sides);
  for (const [side, found, goal] of [
    ['tracing on, no SDK', noSdk, '>= 0.97'],
    ['an SDK samples 1 %', sampled, '>= 0.9'],
  ]) {
    report(`${work}, ${side}`, found.map(speed), off.map(speed), goal, { against: 'EVENT_BUS_TRACING off' });
    const ratio = median(found.map(({ cpuUs }, n) => off[n].cpuUs / cpuUs));
    addRow({
      work: `${work}, ${side}: CPU time of an event`,
      against: 'EVENT_BUS_TRACING off; the inverse, so that less is more',
      ours: cpu(found),
      theirs: cpu(off),
      result: ratio.toFixed(2),
    });
  }
}

const speed = ({ perSecond }) => perSecond;
const cpu = (found) => `${median(found.map(({ cpuUs }) => cpuUs)).toFixed(1)} µs`;
