// Measures memory while a long backlog is consumed, and the time from the start to the first event.
import { inProcess, start } from './in-process.mjs';
import { memoryRow } from './memory.mjs';
import { addRow } from './results.mjs';
import { IS_QUICK, median, ROUNDS } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const BACKLOG = IS_QUICK ? 50_000 : 500_000;

export async function run() {
  await withServers(['kafka', 'registry'], async (servers) => {
    const topic = await makeTopic(servers.kafka, 'backlog');
    await fillKafka(servers, topic, BACKLOG);
    await measure('Kafka', { settings: kafkaSettings(servers), topic }, 5);
  });
  await withServers(['redis'], async (servers) => {
    const topic = named('backlog');
    await fillRedis(servers, topic, BACKLOG);
    await measure('Redis', { settings: redisSettings(servers), topic }, 2);
  });
}

async function measure(name, task, seconds) {
  await drain(name, task);
  const found = [];
  for (let round = 0; round < ROUNDS; round += 1) found.push(await firstEvent(task));
  const ratio = median(found);
  addRow({
    work: `${name}, start of the process to the first handled event`,
    ours: `${ratio.toFixed(1)} s`,
    result: `${ratio.toFixed(1)} s`,
    ratio,
    goal: `<= ${seconds}`,
  });
}

async function drain(name, task) {
  const { memory, perSecond } = await inProcess('ours', 'consume', {
    ...task,
    group: named('group'),
    total: BACKLOG,
    memoryMs: 250,
  });
  memoryRow(name, { backlog: BACKLOG, perSecond, rss: memory.map((each) => each.rss) });
}

async function firstEvent(task) {
  const startedAt = performance.now();
  const consumer = start('ours', 'consume', { ...task, group: named('group'), total: BACKLOG });
  await consumer.said((message) => message === 'first');
  const seconds = (performance.now() - startedAt) / 1000;
  await consumer.stop();
  return seconds;
}
