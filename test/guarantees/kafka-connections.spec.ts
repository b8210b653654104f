import { connect, type Socket } from 'node:net';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

await requires('kafka-3.9', 'The connections to a Kafka', () => {
  const topic = 'connections';
  let server: Kafka;

  beforeAll(async () => {
    server = await kafkaServer({ version: '3.9' });
    await makeTopic(server.bootstrapServers, topic, 3);
  }, 120_000);
  afterAll(() => server.clear());

  it('are not taken from others by a question that fails, and are all closed with the backend', async () => {
    const open = new Set<Socket>();
    const socketFactory = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) => {
      const socket = connect({ host, port }, onConnect);
      open.add(socket);
      return socket.once('close', () => open.delete(socket));
    };
    const backend = kafka({ brokers: server.brokers, client: { socketFactory } });
    for (let round = 0; round < 10; round += 1) {
      const [bad, good] = await Promise.allSettled([
        backend.createTopic('no name of a topic'),
        backend.createGroup(topic, `g-${round}`, 'latest'),
        backend.ping(),
      ]);
      expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
    }
    await backend.close();
    await until(() => open.size === 0, { withinMs: 5_000, what: () => `${open.size} connections to end` });
  });
});
