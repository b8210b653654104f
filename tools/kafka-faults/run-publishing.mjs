import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLog, startPublisher } from './programs.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { compare, quantile, readJournal, readPlaces } from './verdict.mjs';
import { until } from './wait.mjs';

export const PARTITIONS = 12;
export const KEYS = 300;
export const BYTES = 200;
/** The maximum number of open publishes. Beyond it nothing is published. */
export const MAX_OPEN = 50_000;
const CALM_MS = 3_000;
/** One of this many records goes to the second topic, if there is one. */
const NEIGHBOR = 10;

let topicsMade = 0;

export const topicName = (name) => `${name}-${process.pid}-${(topicsMade += 1)}`;

/** Publishes at a constant rate while the scenario breaks one broker after another. Then reads the log and compares. */
export async function runPublishing(
  cluster,
  { scenario: name, side, rate, rounds, publishTimeoutMs = 30_000, options },
) {
  const scenario = SCENARIOS[name];
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-kafka-faults-'));
  const topics = await makeTopics(cluster, name, scenario);
  let publisher;
  try {
    const journal = join(folder, 'journal.txt');
    const turns = topics.length === 1 ? topics : [...Array(NEIGHBOR - 1).fill(topics[0]), topics[1]];
    publisher = await startPublisher(side, {
      brokers: scenario.through ? cluster.through : cluster.bootstrap,
      topics: turns,
      journal,
      rate,
      keys: KEYS,
      bytes: BYTES,
      publishTimeoutMs,
      maxOpen: MAX_OPEN,
      options,
    });
    await until(() => existsSync(journal) && statSync(journal).size > 10_000, {
      withinMs: 30_000,
      what: () => `the publisher to publish; it said: ${publisher.said()}`,
    });
    const bystanders = await breakBrokers(cluster, scenario, { topics, rounds: scenario.rounds ?? rounds });
    await publisher.stop();
    await cluster.admin.calm(...topics);
    const log = join(folder, 'log.txt');
    await readLog(cluster.bootstrap, log, topics);
    const told = await readJournal(journal);
    const places = await readPlaces(log);
    const mayReject = (n) => scenario.losesMajority === true || turns[n % turns.length] !== topics[0];
    return {
      ...compare(told, places, { topics: turns, keys: KEYS, publishTimeoutMs, mayReject }),
      ...latencies(told, (n) => turns[n % turns.length] === topics[0], bystanders),
    };
  } finally {
    await publisher?.kill();
    for (const topic of topics) await cluster.admin.deleteTopic(topic).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeTopics({ admin, nodes }, name, { neighbor = false }) {
  const topic = topicName(name);
  await admin.createTopic(topic, { partitions: PARTITIONS });
  if (!neighbor) return [topic];
  const alone = `${topic}-alone`;
  await admin.createTopic(alone, { replicas: [[nodes.at(-1).id]], config: { 'min.insync.replicas': 1 } });
  return [topic, alone];
}

export async function breakBrokers(cluster, scenario, { topics, group, rounds }) {
  const bystanders = [];
  for (let round = 0; round < rounds; round += 1) {
    await delay(CALM_MS);
    const node = cluster.nodes[round % cluster.nodes.length];
    const noticed = await scenario.round({ cluster, topics, group, round, node });
    if (noticed !== undefined) bystanders.push(noticed);
    await cluster.admin.calm(...topics);
  }
  await delay(CALM_MS);
  return bystanders;
}

/** Latencies of the first topic, in ms. `asideMs` is the 99th percentile of records outside a fault while it lasted. */
function latencies({ confirmed }, isFirst, bystanders) {
  const all = [];
  const aside = [];
  for (const [n, { position, at, latencyMs }] of confirmed) {
    if (!isFirst(n)) continue;
    all.push(latencyMs);
    const partition = Number(position.split(':')[0]);
    // Records in flight when the fault begins or ends count for neither time.
    if (bystanders.some(({ from, to, concerned }) => at > from && at < to - 1_000 && !concerned.includes(partition)))
      aside.push(latencyMs);
  }
  return {
    p50Ms: quantile(all, 0.5),
    p99Ms: quantile(all, 0.99),
    maxMs: quantile(all, 1),
    ...(aside.length === 0 ? {} : { asideMs: quantile(aside, 0.99) }),
  };
}
