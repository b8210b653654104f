// Measurements that need two processes: latency, a long backlog, the start of a consumer.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { openLog } from './embedded-log.mjs';
import { dataOf } from './embedded-events.mjs';
import { nestApp } from './embedded-nest.mjs';

const NOTE_BYTES = 1_000;

function startConsumer(path, options = {}) {
  const child = fork(new URL('./embedded-consumer.mjs', import.meta.url), [JSON.stringify({ path, options })]);
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`The consumer ended with ${code}.`);
  });
  died.catch(() => undefined);
  const on = (name) =>
    new Promise((resolve) => {
      child.on('message', (message) => name in message && resolve(message));
    });
  const messages = { ready: on('ready'), first: on('first'), latencies: on('latencies') };
  return {
    onSample: (listener) => child.on('message', (message) => 'rssMb' in message && listener(message)),
    says: (name) => Promise.race([messages[name], died]),
    async stop() {
      child.send('stop');
      return Promise.race([messages.latencies, died]);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/**
 * Publishes at a constant rate in one process while another handles the events. Resolves with the sorted latencies from
 * publish to handler in ms, without the first second.
 */
export async function latencies(path, { perSecond, seconds, options }) {
  const app = await nestApp(path);
  const consumer = startConsumer(path, options);
  try {
    await consumer.says('ready');
    const publishes = [];
    const startedAt = performance.now();
    for (let seq = 0; seq < perSecond * seconds; seq += 1) {
      const dueMs = startedAt + (seq * 1_000) / perSecond - performance.now();
      if (dueMs > 0) await pause(dueMs);
      publishes.push(app.publish(dataOf(seq, `at ${process.hrtime.bigint()};`.padEnd(NOTE_BYTES, 'x'))));
    }
    await Promise.all(publishes);
    await pause(500);
    const { latencies: found } = await consumer.stop();
    if (found.length !== publishes.length) throw new Error(`${found.length} of ${publishes.length} events arrived.`);
    return found.slice(perSecond).sort((a, b) => a - b);
  } finally {
    consumer.kill();
    await app.close();
  }
}

/** Resolves with the time from the start of a consumer process to its first handled event, in ms. */
export async function startToFirst(path) {
  const log = openLog(path);
  await log.fill(1);
  await log.close();
  const startedAt = performance.now();
  const consumer = startConsumer(path);
  try {
    await consumer.says('first');
    const ms = performance.now() - startedAt;
    await consumer.stop();
    return ms;
  } finally {
    consumer.kill();
  }
}

/** Consumes a backlog. Resolves with the events per second, and the consumer's memory in MB for each second. */
export async function drain(path, count) {
  const log = openLog(path);
  await log.fill(count);
  await log.close();
  const consumer = startConsumer(path);
  try {
    await consumer.says('first');
    const startedAt = performance.now();
    const rssMb = [];
    await new Promise((resolve) => {
      consumer.onSample((sample) => {
        rssMb.push(sample.rssMb);
        if (sample.count >= count) resolve();
      });
    });
    const perSecond = count / ((performance.now() - startedAt) / 1_000);
    const { count: handled } = await consumer.stop();
    if (handled !== count) throw new Error(`${handled} of ${count} events were handled.`);
    return { perSecond, rssMb };
  } finally {
    consumer.kill();
  }
}
