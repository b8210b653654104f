import { setTimeout as delay } from 'node:timers/promises';

/** Brokers come back after this, in ms. */
const KILLED_MS = 6_000;
const TERMINATED_MS = 2_000;
const PAUSED_MS = 8_000;

/**
 * What is done to the brokers while a publisher publishes: `title` says it, `round` does it to one broker and resolves when that is over.
 *
 * A round gets the cluster, the topic, the node whose turn it is, and the number of the round.
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
};
