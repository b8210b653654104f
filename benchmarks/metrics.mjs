// Compares consuming and publishing with and without metrics.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from './embedded-log.mjs';
import { inProcess } from './in-process.mjs';
import { interleaved, records, report, ROUNDS } from './rounds.mjs';
import { embeddedSettings, kafkaSettings, redisSettings } from './settings.mjs';
import { withServers } from './servers.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

/** A small difference needs more rounds than the other benchmarks have. */
const MORE = ROUNDS * 2 + 1;
const TOTAL = records(200_000);
const PUBLISHED = records(100_000);

export async function run() {
  await embedded();
  await withServers(['redis'], async (servers) => {
    const topic = named('consume');
    await fillRedis(servers, topic, TOTAL);
    await compare('Redis', { settings: redisSettings(servers), topic });
  });
  await withServers(['kafka', 'registry'], async (servers) => {
    const topic = await makeTopic(servers.kafka, 'consume');
    await fillKafka(servers, topic, TOTAL);
    await compare('Kafka', { settings: kafkaSettings(servers), topic });
  });
}

async function embedded() {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-bench-'));
  try {
    const path = join(folder, 'bench.db');
    const log = openLog(path);
    await log.fill(TOTAL);
    await log.close();
    await compare('embedded', { settings: embeddedSettings(path), topic: log.topic });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(name, { settings, topic }) {
  const consume = async (metrics) => {
    const task = { settings: { ...settings, metrics }, topic, group: named('group'), total: TOTAL, skip: TOTAL / 5 };
    return (await inProcess('ours', 'consume', task)).perSecond;
  };
  const consumed = await interleaved(MORE, {
    off: () => consume('off'),
    on: () => consume('prometheus'),
    meters: () => consume('opentelemetry'),
  });
  const publish = async (metrics) => {
    const load = { total: PUBLISHED, skip: PUBLISHED / 5, callers: 100 };
    const task = { settings: { ...settings, metrics }, topic: named('publish'), ...load };
    return (await inProcess('ours', 'publish', task)).perSecond;
  };
  const published = await interleaved(MORE, { off: () => publish('off'), on: () => publish('prometheus') });
  const without = { against: 'without metrics' };
  report(`${name} consume with metrics`, consumed.on, consumed.off, '>= 0.97', without);
  report(`${name} consume with the meters of an OpenTelemetry SDK`, consumed.meters, consumed.off, '', without);
  report(`${name} publish with metrics, 100 concurrent callers`, published.on, published.off, '>= 0.97', without);
}
