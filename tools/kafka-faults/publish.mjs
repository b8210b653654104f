// Publishes numbered records through kafka() at a constant rate and writes the results to a journal, until its input
// ends or says `stop`.
import { setTimeout as delay } from 'node:timers/promises';
import { kafka } from 'nest-event-bus/kafka';
import { openJournal, valueOf } from './journal.mjs';

const {
  brokers,
  topics,
  journal: file,
  rate,
  keys,
  bytes,
  publishTimeoutMs,
  maxOpen,
  options,
} = JSON.parse(process.argv[2]);

const journal = openJournal(file);
const backend = kafka({ brokers: brokers.split(','), publishTimeoutMs, ...options });
let isStopping = false;
let open = 0;
process.stdin.on('data', () => (isStopping = true)).on('end', () => (isStopping = true));
process.on('SIGINT', () => undefined);

const publish = (n) => {
  open += 1;
  const topic = topics[n % topics.length];
  const at = Date.now();
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  backend
    .publish([{ topic, key: Buffer.from(`k${n % keys}`), value: valueOf(n, bytes), headers: [] }])
    .then(
      ([position]) => journal.confirmed(n, position ?? '', at, took()),
      (error) => journal.rejected(n, at, took(), error.message),
    )
    .finally(() => (open -= 1));
};

const began = performance.now();
let skipped = 0;
let n = 0;
while (!isStopping) {
  // Records skipped while too many were open are not published later.
  const due = ((performance.now() - began) / 1000) * rate - skipped;
  while (n < due && open < maxOpen) publish(n++);
  if (open >= maxOpen) skipped += Math.max(0, due - n);
  journal.sent(n);
  await delay(1);
}
const deadline = performance.now() + publishTimeoutMs + 15_000;
while (open > 0 && performance.now() < deadline) await delay(20);
journal.sent(n);
await journal.end();
console.log(`PUBLISHED ${n}, ${open} unanswered`);
// Does not wait for a backend that still waits for an answer.
if (open === 0) await Promise.race([backend.close(), delay(10_000, undefined, { ref: false })]);
process.exit(0);
