import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { judge, readHandled } from './handled.mjs';
import { readLog, startMember, startPublisher } from './programs.mjs';
import { BYTES, breakBrokers, KEYS, MAX_OPEN, PARTITIONS, topicName } from './run-publishing.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { compare, readJournal, readPlaces } from './verdict.mjs';
import { until } from './wait.mjs';

const MEMBERS = 3;
const MAX_IN_FLIGHT = 20;
const HANDLER_MS = 1;
/** How far a partition may go back: the records in hand, and as many settled during the last commit. */
export const WINDOW = 2 * MAX_IN_FLIGHT;
const SETTLED_MS = 60_000;

/**
 * A group of three consumes at a constant rate while the scenario breaks one broker after another. Then compares the
 * handled records with the log.
 */
export function runConsuming(cluster, { scenario: name, rounds, ...given }) {
  const scenario = SCENARIOS[name];
  const brokers = scenario.through ? cluster.through : cluster.bootstrap;
  const mayReject = () => scenario.losesMajority === true;
  return underGroup(cluster, { ...given, name, brokers, members: MEMBERS, mayReject }, async ({ topic, group }) => {
    await breakBrokers(cluster, scenario, { topics: [topic], group, rounds: scenario.rounds ?? rounds });
  });
}

/**
 * Starts a publisher (librdkafka, or `ours`) and members. Resolves with the records that were missed, repeated and
 * delayed while `doing` ran. `published` has the results of the publisher. `optionsOf(member)` returns extra options of
 * a member.
 */
export async function underGroup(cluster, given, doing) {
  const { name, side, rate, brokers, members, options, optionsOf = () => ({}) } = given;
  const { publisher: by = 'librdkafka', publishTimeoutMs = 30_000, mayReject = () => false } = given;
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-kafka-faults-'));
  const topic = topicName(`group-${name}`);
  const group = `${topic}-members`;
  const running = [];
  const keep = (started) => {
    running.push(started);
    return started;
  };
  const journalOf = (member) => join(folder, `${member}.txt`);
  const names = Array.from({ length: members }, (_, n) => `member-${n + 1}`);
  const start = async (member) =>
    keep(
      await startMember(side, {
        ...{ brokers, topic, group, member, journal: journalOf(member) },
        ...{ maxInFlight: MAX_IN_FLIGHT, handlerMs: HANDLER_MS },
        options: { ...fromEnvironment(member), ...optionsOf(member), ...options },
      }),
    );
  try {
    await cluster.admin.createTopic(topic, { partitions: PARTITIONS });
    const journal = join(folder, 'journal.txt');
    const publisher = keep(
      await startPublisher(by, {
        ...{ brokers: by === 'ours' ? brokers : cluster.bootstrap, topics: [topic], journal, rate },
        ...{ keys: KEYS, bytes: BYTES, publishTimeoutMs, maxOpen: MAX_OPEN },
      }),
    );
    const started = new Map();
    for (const member of names) started.set(member, await start(member));
    await until(() => names.every((member) => sizeOf(journalOf(member)) > 0), {
      withinMs: 90_000,
      what: () => `every member to handle records; they said: ${running.map(({ said }) => said()).join('; ')}`,
    });
    await delay(3_000);
    const since = Date.now();
    const result = await doing({ topic, group, names, started, start, journalOf });
    const ended = Date.now();
    await publisher.stop();
    await settled(cluster, topic, group);
    for (const member of started.values()) await member.stop();
    const log = join(folder, 'log.txt');
    await readLog(cluster.bootstrap, log, [topic]);
    const told = await readJournal(journal);
    const places = await readPlaces(log);
    const { handled, errors } = await readHandled(names.map(journalOf));
    const readableAt = (n) => {
      const confirmed = told.confirmed.get(n);
      return confirmed === undefined ? undefined : confirmed.at + confirmed.latencyMs;
    };
    const given = { keys: KEYS, window: WINDOW, readableAt };
    const verdict = judge(handled, places, { ...given, since, until: ended });
    return {
      ...verdict,
      published: compare(told, places, { topics: [topic], keys: KEYS, publishTimeoutMs, mayReject }),
      errors: errors.map(({ at, why }) => `${at - since} ms: ${why}`),
      pause: { ...verdict.pause, at: verdict.pause.at - since },
      ...(typeof result === 'function' ? result({ handled, readableAt }) : {}),
    };
  } finally {
    for (const child of running) await child.kill();
    await cluster.admin.deleteTopic(topic).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The assignment and instance id of members, if set, with the same variables as consumers of the package. */
function fromEnvironment(member) {
  const { EVENT_BUS_KAFKA_ASSIGNMENT: assignment, EVENT_BUS_KAFKA_INSTANCE_ID: instance } = process.env;
  return { ...(assignment && { assignment }), ...(instance && { instanceId: `${instance}-${member}` }) };
}

/** Waits for the commits. The verdict shows whether they came in time: then nothing is missed. */
async function settled({ admin }, topic, group) {
  await until(
    () =>
      admin.ask(`the offsets of ${group}`, async (client) => {
        const ends = await client.fetchTopicOffsets(topic);
        const [{ partitions }] = await client.fetchOffsets({ groupId: group, topics: [topic] });
        const at = new Map(partitions.map(({ partition, offset }) => [partition, offset]));
        return ends.every(({ partition, high }) => at.get(partition) === high || high === '0');
      }),
    { withinMs: SETTLED_MS, everyMs: 500, what: 'the group to settle all' },
  ).catch(() => undefined);
}

export function sizeOf(file) {
  return existsSync(file) ? statSync(file).size : 0;
}
