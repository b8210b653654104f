// Compares consuming and publishing with and without metrics.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from './embedded-log.mjs';
import { inProcess } from './in-process.mjs';
import { addRow } from './results.mjs';
import { interleaved, median, records, report, ROUNDS } from './rounds.mjs';
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
  const consume = (metrics) => {
    const task = { settings: { ...settings, metrics }, topic, group: named('group'), total: TOTAL, skip: TOTAL / 5 };
    return inProcess('ours', 'consume', task);
  };
  const consumed = await interleaved(MORE, {
    off: () => consume('off'),
    prometheus: () => consume('prometheus'),
    opentelemetry: () => consume('opentelemetry'),
  });
  const publish = (metrics) => {
    const load = { total: PUBLISHED, skip: PUBLISHED / 5, callers: 100 };
    return inProcess('ours', 'publish', { settings: { ...settings, metrics }, topic: named('publish'), ...load });
  };
  const published = await interleaved(MORE, { off: () => publish('off'), prometheus: () => publish('prometheus') });
  rows(`${name} consume`, consumed, 'prometheus', '>= 0.97');
  rows(`${name} consume`, consumed, 'opentelemetry', '');
  rows(`${name} publish, 100 concurrent callers`, published, 'prometheus', '>= 0.97');
}

/** The speed, and the processor time, which other work on the machine changes less. */
function rows(work, found, metrics, goal) {
  const { off, [metrics]: on } = found;
  const figures = (rounds, name) => rounds.map((round) => round[name]);
  report(`${work}, ${metrics}`, figures(on, 'perSecond'), figures(off, 'perSecond'), goal, { against: 'metrics off' });
  const ratio = median(off.map(({ cpuUs }, n) => cpuUs / on[n].cpuUs));
  const micros = (rounds) => `${median(figures(rounds, 'cpuUs')).toFixed(1)} µs`;
  addRow({
    work: `${work}, ${metrics}, processor time of an event`,
    against: 'metrics off',
    ours: micros(on),
    theirs: micros(off),
    result: ratio.toFixed(2),
    ratio,
    goal,
  });
}
