import { setImmediate as nextTurn } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

/** How long a broker waits for records before it answers. It is long, so that a member that waits for it is noticed. */
const POLL_MS = 8_000;
const LONG = { timeout: 60_000 };
const WITHIN = { withinMs: POLL_MS / 2 };

await requires('kafka-3.9', 'Partitions of which one is busy', async (start) => {
  const topic = `busy-${Date.now()}`;
  const subscription = {
    topic,
    group: 'g',
    member: 'm',
    start: 'earliest',
    maxInFlight: 100,
    stopBudgetMs: 0,
  } as const;
  const brokers = (await start()).split(',');
  const backend = kafka({ brokers, pollMs: POLL_MS });

  beforeAll(() => makeTopic(brokers.join(','), topic, 3));
  afterAll(() => backend.close());

  it('do not wait for one another, neither the busy one nor those that have nothing', LONG, async () => {
    // Needs several fetches of 1 MiB each.
    const busy = Array.from({ length: 6_000 }, () => record('busy', Buffer.alloc(1_000)));
    const positions = await backend.publish(busy);
    const place = partitionOf(positions[0]);
    const idle = await keyElsewhere(place);
    let handled = 0;
    let isIdleHandled = false;
    let isHeld = false;
    const stop = new AbortController();
    const consuming = backend.consume(
      subscription,
      async ({ key }, lost) => {
        if (Buffer.from(key ?? []).toString() === idle) isIdleHandled = true;
        else handled += 1;
        const holds = isHeld;
        // Makes a fetch due while handlers are running.
        await nextTurn();
        if (holds) await new Promise((_, reject) => lost.addEventListener('abort', () => reject(new Error('lost'))));
      },
      stop.signal,
    );
    try {
      await until(() => handled === 6_000, { ...WITHIN, what: () => `all of the busy one; there are ${handled}` });
      isHeld = true;
      await backend.publish(busy);
      await until(() => handled === 6_100, { ...WITHIN, what: () => `a full window; there are ${handled - 6_000}` });
      isIdleHandled = false;
      await backend.publish([record(idle, null)]);
      await until(() => isIdleHandled, { ...WITHIN, what: 'the record of another partition' });
      expect(handled).toBe(6_100);
    } finally {
      stop.abort();
      await consuming;
    }
  });

  it('are read on behind a transaction that was aborted, though nothing of it is for consumers', LONG, async () => {
    const own = `${topic}-aborted`;
    await makeTopic(brokers.join(','), own, 1);
    const client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer({ transactionalId: own, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const values: string[] = [];
    const stop = new AbortController();
    const consuming = backend.consume(
      { ...subscription, topic: own },
      ({ value }) => {
        values.push(Buffer.from(value ?? []).toString());
        return Promise.resolve();
      },
      stop.signal,
    );
    const publish = (value: string) =>
      backend.publish([{ topic: own, key: null, value: Buffer.from(value), headers: [] }]);
    try {
      await publish('before');
      await until(() => values.length === 1, { ...WITHIN, what: 'the record before the transaction' });
      const transaction = await producer.transaction();
      await transaction.send({ topic: own, messages: [{ value: 'aborted' }] });
      await transaction.abort();
      const isBehind = async () => (await backend.positions(own, 'g')).every(({ behind }) => behind === 0);
      await until(isBehind, { ...WITHIN, what: 'the group to stand behind the transaction' });
      await publish('after');
      await until(() => values.length === 2, { ...WITHIN, what: 'the record behind the transaction' });
      expect(values).toEqual(['before', 'after']);
    } finally {
      stop.abort();
      await Promise.all([consuming, producer.disconnect()]);
    }
  });

  async function keyElsewhere(partition: string): Promise<string> {
    for (let n = 0; ; n += 1) {
      const [position] = await backend.publish([record(`idle-${n}`, null)]);
      if (partitionOf(position) !== partition) return `idle-${n}`;
    }
  }

  function record(key: string, value: Buffer | null) {
    return { topic, key: Buffer.from(key), value, headers: [] };
  }
});

/** A position has the form `partition:offset`. */
function partitionOf(position = ''): string {
  return position.slice(0, position.indexOf(':'));
}
