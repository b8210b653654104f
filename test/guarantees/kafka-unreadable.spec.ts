import { randomBytes } from 'node:crypto';
import kafkajs, { type Producer } from 'kafkajs';
import { type Backend, UnavailableError } from 'nest-event-bus/core';
import { kafka, type KafkaReport } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedAnswers } from '../support/kafka-way.js';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 20_000 };
const { GZIP } = kafkajs.CompressionTypes;

for (const server of ['kafka-3.9', 'kafka-4.1'] as const) {
  await requires(server, `A batch that cannot be read, on Kafka ${server.slice(6)}`, (startKafka) => {
    const topic = `unreadable-${randomBytes(4).toString('hex')}`;
    const group = `of-${topic}`;
    const reports: KafkaReport[] = [];
    const values: string[] = [];
    const stop = new AbortController();
    let consuming: Promise<void> | undefined;
    let backend: Backend;
    let producer: Producer;
    let brokers: readonly string[];

    beforeAll(async () => {
      brokers = (await startKafka()).split(',');
      await makeTopic(brokers.join(), topic, 2);
      backend = kafka({ brokers, observe: (report) => reports.push(report) });
      const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
      producer = client.producer({
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
      });
      await producer.connect();
    });
    afterAll(async () => {
      stop.abort();
      await consuming;
      await Promise.all([backend.close(), producer.disconnect()]);
    });

    const send = (partition: number, ...of: readonly string[]) =>
      producer.send({ topic, messages: of.map((value) => ({ partition, value })) });
    const consume = (signal: AbortSignal) =>
      backend.consume(
        { topic, group, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 1_000 },
        ({ value }) => Promise.resolve(void values.push(Buffer.from(value ?? []).toString())),
        signal,
      );

    it('costs its own partition only: it waits, and says where and why', async () => {
      await send(0, 'before');
      // 40 MiB of zeros, which the broker stores as 40 KiB.
      const zeros = Buffer.alloc(8 * 1024 * 1024);
      const messages = Array.from({ length: 5 }, () => ({ partition: 0, value: zeros }));
      await producer.send({ topic, compression: GZIP, messages });
      await send(0, 'behind');
      consuming = consume(stop.signal);
      const unreadable = () => reports.filter(({ what }) => what.startsWith('Could not read a partition'));
      await until(() => unreadable().length > 0, { ...WITHIN, what: 'the report' });
      for (const value of ['one', 'two']) {
        await send(1, value);
        await until(() => values.includes(value), { ...WITHIN, what: `${value} of the other partition` });
      }
      expect(values).toEqual(['before', 'one', 'two']);
      const fields = Object.fromEntries(unreadable()[0]?.fields ?? []);
      expect(fields).toMatchObject({ topic, group, partition: 0, position: '0:1' });
      expect(fields['error']).toMatch(
        new RegExp(
          `^Kafka: the batch at offset 1 of partition 0 of ${topic} cannot be read: .+\\. ` +
            `To skip it, stop the group's members and move the group to 0:6 \\(event-bus move\\)\\.$`,
        ),
      );
      // A handled event is committed within half a second.
      const positions = () => backend.positions(topic, group);
      await until(async () => (await positions())[1]?.position === '1:2', { ...WITHIN, what: 'the commit' });
      expect((await positions()).map(({ position, behind }) => [position, behind])).toEqual([
        ['0:1', 6],
        ['1:2', 0],
      ]);
    });

    it('is named to those who read the topic without a group, behind what can be read', async () => {
      const read: string[] = [];
      const reading = (async () => {
        for await (const { value } of backend.read(topic)) read.push(Buffer.from(value ?? []).toString());
      })();
      await expect(reading).rejects.toThrow(UnavailableError);
      await expect(reading).rejects.toThrow(`the batch at offset 1 of partition 0 of ${topic} cannot be read: `);
      expect(read).toEqual(['before']);
    });

    it('is passed by a move, and the events behind it are handled', async () => {
      stop.abort();
      await consuming;
      consuming = undefined;
      const moves = await backend.move(topic, group, { position: '0:6' });
      expect(moves).toEqual([{ partition: 0, from: '0:1', to: '0:6', again: 0, skipped: 5 }]);
      const again = new AbortController();
      const second = consume(again.signal);
      await until(() => values.includes('behind'), { ...WITHIN, what: 'the event behind it' });
      again.abort();
      await second;
      expect(values).toEqual(['before', 'one', 'two', 'behind']);
    });

    it('is read when it comes whole, and the log says that it is', async () => {
      const MARK = 'damaged on its way';
      const way = { isDamaging: true };
      const change = (bytes: Buffer) => {
        const at = way.isDamaging ? bytes.indexOf(MARK) : -1;
        if (at >= 0) bytes.write('D', at);
        return bytes;
      };
      const told: KafkaReport[] = [];
      const said = (part: string) => told.filter(({ what }) => what.includes(part));
      const client = { socketFactory: changedAnswers(change) };
      const reader = kafka({ brokers, client, observe: (report) => told.push(report) });
      const read: string[] = [];
      const end = new AbortController();
      const [other, of] = [`whole-${topic}`, `of-whole-${topic}`];
      await makeTopic(brokers.join(), other, 1);
      await producer.send({ topic: other, messages: [{ partition: 0, value: MARK }] });
      const reading = reader.consume(
        { topic: other, group: of, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 1_000 },
        ({ value }) => Promise.resolve(void read.push(Buffer.from(value ?? []).toString())),
        end.signal,
      );
      await until(() => said('Could not read a partition').length > 0, { ...WITHIN, what: 'the report' });
      expect(said('can be read again')).toEqual([]);
      way.isDamaging = false;
      await until(() => read.length > 0, { ...WITHIN, what: 'the event' });
      end.abort();
      await reading;
      await reader.close();
      expect(read).toEqual([MARK]);
      expect(said('can be read again')).toEqual([
        {
          level: 'info',
          what: 'The partition can be read again',
          fields: Object.entries({ topic: other, group: of, partition: 0, position: '0:1' }),
        },
      ]);
    });
  });
}
