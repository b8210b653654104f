import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLog, startPublisher } from './programs.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { compare, quantile, readJournal, readPlaces } from './verdict.mjs';
import { until } from './wait.mjs';

export const PARTITIONS = 12;
const KEYS = 300;
const BYTES = 200;
/** So much may wait for its answer; beyond it nothing is published. */
const MAX_OPEN = 50_000;
const CALM_MS = 3_000;

let topicsMade = 0;

/** Publishes at a rate while the scenario breaks one broker after the other, then reads the log and compares. */
export async function runPublishing(
  cluster,
  { scenario: name, side, rate, rounds, publishTimeoutMs = 30_000, options },
) {
  const scenario = SCENARIOS[name];
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-kafka-faults-'));
  const topic = `${name}-${process.pid}-${(topicsMade += 1)}`;
  const topics = [topic];
  let publisher;
  try {
    await cluster.admin.createTopic(topic, { partitions: PARTITIONS });
    const journal = join(folder, 'journal.txt');
    publisher = await startPublisher(side, {
      brokers: scenario.through ? cluster.through : cluster.bootstrap,
      topics,
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
    const began = Date.now();
    for (let round = 0; round < rounds; round += 1) {
      await delay(CALM_MS);
      await scenario.round({ cluster, topic, round, node: cluster.nodes[round % cluster.nodes.length] });
      await cluster.admin.calm(...topics);
    }
    await delay(CALM_MS);
    await publisher.stop();
    const seconds = (Date.now() - began) / 1000;
    await cluster.admin.calm(...topics);
    const log = join(folder, 'log.txt');
    await readLog(cluster.bootstrap, log, topics);
    const told = await readJournal(journal);
    const latencies = [...told.confirmed.values()].map(({ latencyMs }) => latencyMs);
    return {
      ...compare(told, await readPlaces(log), { topics, keys: KEYS, publishTimeoutMs }),
      seconds: Math.round(seconds),
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      maxMs: quantile(latencies, 1),
    };
  } finally {
    await publisher?.kill();
    await cluster.admin.deleteTopic(topic).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
