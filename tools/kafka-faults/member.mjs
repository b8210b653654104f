// A member of a group through kafka(). It handles the records of a key one after another and writes them to a journal,
// until its input ends or says `stop`.
import { createWriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { kafka } from 'nest-event-bus/kafka';

const { brokers, topic, group, member, journal: file, maxInFlight, handlerMs, options } = JSON.parse(process.argv[2]);

const journal = createWriteStream(file, { flags: 'a' });
const stop = new AbortController();
process.stdin.on('data', () => stop.abort()).on('end', () => stop.abort());
process.on('SIGINT', () => undefined);

/** Key → the promise of its last record. */
const lanes = new Map();
const backend = kafka({ brokers: brokers.split(','), ...options });
const subscription = { topic, group, member, start: 'earliest', maxInFlight, stopBudgetMs: 10_000 };

async function handle(record, lost) {
  const key = Buffer.from(record.key).toString();
  const before = lanes.get(key);
  const turn = (async () => {
    await before?.catch(() => undefined);
    if (lost.aborted) throw lost.reason;
    const begun = Date.now();
    await delay(handlerMs);
    journal.write(
      `h ${record.position} ${Buffer.from(record.value).toString().trim()} ${begun} ${Date.now()} ${member}\n`,
    );
  })();
  lanes.set(key, turn);
  try {
    await turn;
  } finally {
    if (lanes.get(key) === turn) lanes.delete(key);
  }
}

while (!stop.signal.aborted) {
  try {
    await backend.consume(subscription, handle, stop.signal);
  } catch (error) {
    journal.write(`e ${Date.now()} ${String(error.message).replaceAll('\n', ' ')}\n`);
    await delay(1_000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}
await new Promise((resolve) => journal.end(resolve));
await Promise.race([backend.close(), delay(10_000, undefined, { ref: false })]);
process.exit(0);
