import { setTimeout as pause } from 'node:timers/promises';
import { asError, type Backoff, delayMs } from '../../core/backoff.js';
import type { Cluster } from '../client/cluster.js';
import { listOffsets } from '../client/list-offsets.js';
import { ProtocolError } from '../protocol/error-codes.js';
import { isPassing } from './patience.js';
import { findTopic } from './topics.js';

const PAUSE: Backoff = { initialMs: 100, maxMs: 1_000 };

/** The answers of the leaders of a topic's partitions. */
export interface Offsets {
  /** Partition → one offset for each timestamp. */
  readonly found: ReadonlyMap<number, readonly number[]>;
  /** Partition → why there is no answer. */
  readonly missing: ReadonlyMap<number, Error>;
}

interface Asked {
  readonly topic: string;
  /** Looked up in this order. */
  readonly timestamps: readonly number[];
  /** How long to wait for leaders, in ms. */
  readonly withinMs: number;
}

/** Asks the leaders of all partitions at the same time. Asks leaders that moved or are away again for `withinMs`. */
export async function offsetsOf(cluster: Cluster, { topic, timestamps, withinMs }: Asked): Promise<Offsets> {
  const until = performance.now() + withinMs;
  const found = new Map<number, readonly number[]>();
  for (let n = 1; ; n += 1) {
    const missing = await askAll(cluster, { topic, timestamps }, found);
    const ms = delayMs(PAUSE, n);
    if (missing.size === 0 || performance.now() + ms > until) return { found, missing };
    await pause(ms);
  }
}

async function askAll(
  cluster: Cluster,
  { topic, timestamps }: Omit<Asked, 'withinMs'>,
  found: Map<number, readonly number[]>,
): Promise<Map<number, Error>> {
  const missing = new Map<number, Error>();
  const known = await findTopic(cluster, topic);
  // This broker may not know a new topic yet. A topic has at least partition 0.
  if (known === undefined) return missing.set(0, new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION'));
  const byLeader = new Map<number, number[]>();
  for (const { partition, leader } of known.partitions) {
    if (found.has(partition)) continue;
    if (leader < 0) missing.set(partition, new ProtocolError('LEADER_NOT_AVAILABLE'));
    else byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
  }
  await Promise.all(
    [...byLeader].map(async ([leader, partitions]) => {
      const answers = await Promise.all(
        // The broker answers these requests in their order.
        timestamps.map((timestamp) => listOffsets(cluster, leader, { topic, partitions, timestamp })),
      ).catch(asError);
      for (const partition of partitions) {
        const offsets = answers instanceof Error ? answers : together(answers.map((each) => each.get(partition)));
        if (!(offsets instanceof Error)) found.set(partition, offsets);
        else if (isPassing(offsets)) missing.set(partition, offsets);
        else throw offsets;
      }
    }),
  );
  return missing;
}

function together(offsets: readonly (number | Error | undefined)[]): readonly number[] | Error {
  const numbers = offsets.filter((each) => typeof each === 'number');
  if (numbers.length === offsets.length) return numbers;
  return offsets.find((each) => each instanceof Error) ?? new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
}
