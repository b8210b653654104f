// Measures handlers that wait: order by key compared with one after another, and throughput by the number of partitions
// and members.
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { meter } from './events.mjs';
import { inProcess, start } from './in-process.mjs';
import { addNote, addRow } from './results.mjs';
import { interleaved, IS_QUICK, median, report, ROUNDS } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { savePlot } from './plot.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const STEPS = [1, 2, 4, 8];
const WAIT_MS = 5;

export async function run() {
  await withServers(['kafka', 'registry', 'redis'], async (servers) => {
    await byKey(servers);
    await scaling(servers);
  });
}

async function byKey(servers) {
  const settings = kafkaSettings(servers);
  const side = async (total, more) => {
    const topic = await makeTopic(servers.kafka, 'waiting', 1);
    await fillKafka(servers, topic, total);
    const task = {
      settings: { ...settings, ...more },
      topic,
      group: named('group'),
      total,
      skip: total / 10,
      waitMs: 10,
    };
    return (await inProcess('ours', 'consume', task)).perSecond;
  };
  const found = await interleaved(ROUNDS, {
    ours: () => side(3_000, { ordering: 'key', concurrency: 16 }),
    serial: () => side(300, {}),
  });
  report(
    'Handler with 10 ms of I/O, one partition, 1,000 keys, concurrency 16 by key',
    found.ours,
    found.serial,
    '>= 10',
    {
      against: 'one after the other',
    },
  );
}

async function scaling(servers) {
  const series = {
    'Kafka, partitions of one member': (n) => onKafka(servers, { partitions: n, members: 1 }),
    'Kafka, members with a partition each': (n) => onKafka(servers, { partitions: n, members: n }),
    'Redis, members': (n) => onRedis(servers, n),
  };
  const lines = {};
  for (const [name, at] of Object.entries(series)) {
    const found = [];
    for (const n of STEPS) found.push(median(await repeated(IS_QUICK ? 1 : 3, () => at(n))));
    lines[name] = found;
    const ratio = found.at(-1) / found[0] / STEPS.at(-1);
    const text = found.map((figure) => Math.round(figure).toLocaleString('en')).join(', ');
    addRow({
      work: `${name}: 1, 2, 4, 8; handlers of ${WAIT_MS} ms`,
      against: 'in proportion',
      ours: `${text}/s`,
      result: ratio.toFixed(2),
      ratio,
      goal: '>= 0.8',
    });
  }
  addNote('scaling', { steps: STEPS, lines });
  if (!IS_QUICK)
    savePlot('scaling.svg', { title: `Events per second, handlers of ${WAIT_MS} ms`, steps: STEPS, lines });
}

async function repeated(times, work) {
  const found = [];
  for (let n = 0; n < times; n += 1) found.push(await work());
  return found;
}

async function onKafka(servers, { partitions, members }) {
  const { kafka } = servers;
  const topic = await makeTopic(kafka, 'scaling', partitions);
  const group = named('group');
  return withMembers({ settings: kafkaSettings(servers), topic, group }, members, async () => {
    await untilJoined(kafka, group, members);
    return { total: 400 * partitions, fill: (total) => fillKafka(servers, topic, total) };
  });
}

async function onRedis(servers, members) {
  const topic = named('scaling');
  // A small window, so that no member holds records that another member could handle.
  const settings = { ...redisSettings(servers), maxInFlight: 20 };
  return withMembers({ settings, topic, group: named('group') }, members, async (count) => {
    // Continues until each member has handled something.
    for (let from = 1e6; count() < members; from += 100) {
      await fillRedis(servers, topic, 20 * members, { from });
      await pause(300);
    }
    return { total: 400 * members, fill: (total) => fillRedis(servers, topic, total) };
  });
}

async function withMembers(task, count, begin) {
  const members = Array.from({ length: count }, () => start('ours', 'member', { ...task, waitMs: WAIT_MS }));
  const seen = new Set();
  let counting;
  for (const [n, member] of members.entries())
    member.onMessage(({ seqs }) => {
      seen.add(n);
      for (const seq of seqs) if (seq < 1e6) counting?.arrived(seq);
    });
  try {
    const { total, fill } = await begin(() => seen.size);
    counting = meter(total, total / 5);
    await fill(total);
    const perSecond = await counting.all;
    return perSecond;
  } finally {
    await Promise.all(members.map((member) => member.stop()));
  }
}

/** Waits until the group has `members` members and each has its partitions. */
async function untilJoined({ brokers }, group, members) {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  for (;;) {
    const { groups } = await admin.describeGroups([group]);
    if (groups[0]?.state === 'Stable' && groups[0].members.length === members) break;
    await pause(100);
  }
  await admin.disconnect();
}
