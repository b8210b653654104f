import { writeSubscription } from '../../protocol/consumer-protocol.js';
import { type Assignor, membersByTopic } from './assignor.js';

/**
 * The range assignor, with the name and format of librdkafka and Kafka's own clients. Each subscriber of a topic gets a
 * contiguous range of its partitions. Members give back all their partitions before a rebalance.
 */
export const RANGE: Assignor = {
  name: 'range',
  isCooperative: false,
  subscription: ({ topic, round }) => {
    const userData = Buffer.alloc(round === 0 ? 0 : 4);
    if (round > 0) userData.writeInt32BE(round);
    return writeSubscription(0, { topics: [topic], userData, owned: new Map(), generation: -1 });
  },
  assign(members, counts) {
    const assigned = new Map(members.map(({ memberId }) => [memberId, new Map<string, readonly number[]>()]));
    for (const [topic, interested] of membersByTopic(members)) {
      const count = counts.get(topic) ?? 0;
      for (const [n, { memberId }] of interested.entries())
        if (count > 0) assigned.get(memberId)?.set(topic, share(count, n, interested.length));
    }
    return assigned;
  },
};

/** Share number `n` of `of`. If the division leaves a remainder, the first shares are larger by one. */
function share(count: number, n: number, of: number): readonly number[] {
  const least = Math.floor(count / of);
  const larger = count % of;
  const from = n * least + Math.min(n, larger);
  return Array.from({ length: least + (n < larger ? 1 : 0) }, (_, i) => from + i);
}
