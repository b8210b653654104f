import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { until } from 'nest-event-bus/testing';

/** Reads a topic with a client that is independent of ours. Returns each value with its positions. */
export async function logOf(
  brokers: readonly string[],
  topic: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  const consumer = client.consumer({ groupId: `log-${randomBytes(4).toString('hex')}` });
  const positions = new Map<string, string[]>();
  try {
    await Promise.all([admin.connect(), consumer.connect()]);
    let ends: Awaited<ReturnType<Admin['fetchTopicOffsets']>> = [];
    const look = async () => {
      ends = await admin.fetchTopicOffsets(topic).catch(() => []);
      return ends.length > 0;
    };
    await until(look, { withinMs: 30_000, what: `the ends of ${topic}` });
    const count = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    let read = 0;
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        const value = (message.value ?? Buffer.alloc(0)).toString();
        const at = positions.get(value) ?? [];
        positions.set(value, at);
        at.push(`${partition}:${message.offset}`);
        read += 1;
        return Promise.resolve();
      },
    });
    await until(() => read >= count, { withinMs: 30_000, what: () => `${count} records of ${topic}, not ${read}` });
    return positions;
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}
