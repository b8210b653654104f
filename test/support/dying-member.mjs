// A member of a Kafka group. Its process kills itself when it receives a certain record.
import { kafka } from 'nest-event-bus/kafka';

const { brokers, topic, group, maxInFlight } = JSON.parse(process.argv[2] ?? '');
const backend = kafka({ brokers, sessionTimeoutMs: 6_000 });
await backend.consume(
  { topic, group, member: 'dying', start: 'earliest', maxInFlight, stopBudgetMs: 1_000 },
  async ({ value, abandoned = 0 }) => {
    const text = Buffer.from(value ?? []).toString();
    process.stdout.write(`${text} ${abandoned}\n`);
    if (text === 'deadly') process.kill(process.pid, 'SIGKILL');
  },
  new AbortController().signal,
);
