import { setImmediate as nextTurn } from 'node:timers/promises';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

/** How long a broker may wait for records before it answers: long, so that a member that rests for it is found out. */
const POLL_MS = 8_000;
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

  it('do not wait for one another, neither the busy one nor those that have nothing', { timeout: 60_000 }, async () => {
    // Some fetches of 1 MiB each.
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
        // So that a fetch is due while there is work.
        await nextTurn();
        if (isHeld) await new Promise((_, reject) => lost.addEventListener('abort', () => reject(new Error('lost'))));
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

/** A position is `partition:offset`. */
function partitionOf(position = ''): string {
  return position.slice(0, position.indexOf(':'));
}
