// Memory while a long backlog drains, and the time from start to the first event.
import { inProcess, start } from './in-process.mjs';
import { addNote, addRow } from './results.mjs';
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
  const rss = memory.map((each) => each.rss);
  const quarter = Math.ceil(rss.length / 4);
  // What a process needs to get going is no growth: its later quarters are compared.
  const ratio = median(rss.slice(-quarter)) / median(rss.slice(quarter, 2 * quarter));
  const at = (part) => rss[Math.min(rss.length - 1, Math.floor(rss.length * part))];
  addNote(`${name}: memory in MB, every 250 ms`, rss);
  addRow({
    work: `${name}, a backlog of ${BACKLOG.toLocaleString('en')} drains`,
    against: 'resident memory of the last quarter of the time, against the second',
    ours: `${Math.round(perSecond).toLocaleString('en')}/s; ${[0.1, 0.25, 0.5, 0.75, 1].map(at).join(', ')} MB`,
    result: ratio.toFixed(2),
    ratio,
    goal: '<= 1.2',
  });
}

async function firstEvent(task) {
  const startedAt = performance.now();
  const consumer = start('ours', 'consume', { ...task, group: named('group'), total: BACKLOG });
  await consumer.said((message) => message === 'first');
  const seconds = (performance.now() - startedAt) / 1000;
  await consumer.stop();
  return seconds;
}
