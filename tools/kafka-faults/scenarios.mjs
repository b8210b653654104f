import { setTimeout as delay } from 'node:timers/promises';
import { electPreferred } from './programs.mjs';
import { until } from './wait.mjs';

/** How long brokers are away, in ms. */
const KILLED_MS = 6_000;
const TERMINATED_MS = 2_000;
const PAUSED_MS = 8_000;
const UNREACHABLE_MS = 8_000;
const COORDINATED_MS = 20_000;
const TOO_FEW_MS = 6_000;
const OFFSETS = '__consumer_offsets';
/** Longer than the default publish timeout, in ms. */
const DEAD_MS = 40_000;
/** After this time the living brokers lead the partitions of a dead one, in ms. */
const FAILED_OVER_MS = 10_000;

/**
 * The faults while a publisher publishes. `round` breaks one broker and resolves when the fault is over. Its parameters
 * are the cluster, the topics, the node whose turn it is, and the number of the round. It may return what must have
 * noticed nothing: the records of the first topic published from `from` to `to`, except those of the partitions
 * `concerned`.
 *
 * - `title`: a short description.
 * - `through`: the publisher reaches the brokers through the proxies.
 * - `losesMajority`: records may be rejected after the publish timeout.
 * - `isOfGroup`: the fault concerns members of a group only.
 * - `neighbor`: one record in ten goes to a second topic with one replica. Those may be rejected after the timeout.
 */
export const SCENARIOS = {
  quiet: {
    title: 'nothing is broken',
    round: () => delay(5_000),
  },
  kill: {
    title: 'brokers are killed one after the other, each back after 6 s',
    async round({ node }) {
      await node.kill();
      await delay(KILLED_MS);
      await node.restart();
    },
  },
  term: {
    title: 'a rolling restart of the brokers: SIGTERM, each back after 2 s',
    async round({ node }) {
      await node.stop();
      await delay(TERMINATED_MS);
      await node.restart();
    },
  },
  pause: {
    title: 'brokers stand still for 8 s, one after the other',
    async round({ node }) {
      await node.pause();
      try {
        await delay(PAUSED_MS);
      } finally {
        await node.resume();
      }
    },
  },
  elect: {
    title: 'all leaders move to other brokers, all of which live: preferred-leader elections, three a round',
    async round({ cluster, topics: [topic] }) {
      for (let times = 0; times < 3; times += 1) {
        const partitions = await cluster.admin.partitions(topic);
        await cluster.admin.reassign(
          topic,
          partitions.map(({ leader, replicas }) => from(replicas, leader, 1)),
        );
        await electPreferred(cluster.bootstrap, topic, partitions.length);
        await until(
          async () => (await cluster.admin.partitions(topic)).every(({ leader, replicas }) => leader === replicas[0]),
          { withinMs: 20_000, what: `the preferred leaders of ${topic}` },
        );
        await delay(1_000);
      }
    },
  },
  reassign: {
    title: 'partitions are taken from their leaders and given back: reassignment',
    async round({ cluster, topics: [topic] }) {
      const partitions = await cluster.admin.partitions(topic);
      const all = partitions.map(({ leader, replicas }) => from(replicas, leader, 1));
      await cluster.admin.reassign(
        topic,
        all.map((ids) => ids.slice(0, -1)),
      );
      await delay(1_000);
      await cluster.admin.reassign(topic, all);
    },
  },
  unreachable: {
    title: 'one broker after the other is unreachable from the client alone for 8 s: packets lost, connections refused',
    through: true,
    async round({ cluster, topics: [topic], node, round }) {
      const concerned = await ledBy(cluster, topic, node);
      const { way } = node;
      const began = Date.now();
      if (round % 2 === 0) way.hold();
      else way.refuse();
      await delay(UNREACHABLE_MS);
      const ended = Date.now();
      if (round % 2 === 0) way.release();
      else way.open();
      return { from: began, to: ended, concerned };
    },
  },
  coordinator: {
    title: 'the coordinator of the group moves to another broker, and its own lives',
    isOfGroup: true,
    async round({ cluster, group }) {
      const partitions = await cluster.admin.partitions(OFFSETS);
      const own = hashOf(group) % partitions.length;
      const now = partitions.map(({ leader, replicas }) => from(replicas, leader, 0));
      const moved = (ids, partition) => (partition === own ? from(ids, ids[0], 1) : ids);
      // Moves the partition away from its leader, which then has no replica of it, and later adds that broker again as
      // the last.
      await cluster.admin.reassign(
        OFFSETS,
        now.map((ids, partition) => (partition === own ? ids.slice(1) : ids)),
      );
      await delay(COORDINATED_MS);
      await cluster.admin.reassign(OFFSETS, now.map(moved));
    },
  },
  minisr: {
    title: 'two of three brokers are away for 6 s: in order, killed',
    losesMajority: true,
    async round({ cluster: { nodes }, node, round }) {
      const other = nodes[(node.id + 1) % nodes.length];
      for (const each of [node, other]) {
        // The last controller of a majority may not be allowed to leave.
        if (round % 2 === 0) await each.stop().catch(() => undefined);
        else await each.kill();
      }
      await delay(TOO_FEW_MS);
      await Promise.all([node.restart(), other.restart()]);
    },
  },
  rf1: {
    title: 'a topic of one replica, whose broker is dead for 40 s, beside one of three',
    rounds: 1,
    neighbor: true,
    async round({ cluster, topics: [, alone] }) {
      const [{ leader }] = await cluster.admin.partitions(alone);
      const node = cluster.nodes[leader - 1];
      await node.kill();
      await delay(FAILED_OVER_MS);
      const began = Date.now();
      await delay(DEAD_MS - FAILED_OVER_MS);
      const ended = Date.now();
      await node.restart();
      return { from: began, to: ended, concerned: [] };
    },
  },
};

/** The hash of a text in Java, without its sign. It determines the partition of a group's offsets. */
function hashOf(text) {
  let hash = 0;
  for (const unit of text) hash = (31 * hash + unit.charCodeAt(0)) | 0;
  return Math.abs(hash);
}

/** The replicas, rotated to begin `steps` after the broker. */
function from(replicas, broker, steps) {
  const first = replicas.indexOf(broker) + steps;
  return replicas.map((_, n) => replicas[(first + n) % replicas.length]);
}

async function ledBy(cluster, topic, node) {
  const partitions = await cluster.admin.partitions(topic);
  return partitions.flatMap(({ leader, partitionId }) => (leader === node.id ? [partitionId] : []));
}
