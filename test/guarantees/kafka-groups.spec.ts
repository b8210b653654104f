import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import kafkajs, { type Admin, type ISocketFactory } from 'kafkajs';
import { type Backend, SettingsError } from 'nest-event-bus/core';
import { kafka, type KafkaReport } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { type MemberOptions, range, startMember } from '../support/kafka-member.js';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 20_000 };

for (const server of ['kafka-3.9', 'kafka-4.1'] as const) {
  await requires(server, `A group on Kafka ${server.slice(6)}`, (startKafka) => {
    let brokers: readonly string[];
    let admin: Admin;
    let publisher: Backend;
    let topic: string;
    let group: string;
    const ends: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      brokers = (await startKafka()).split(',');
      admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
      await admin.connect();
    });
    afterAll(() => admin.disconnect());
    beforeEach(() => {
      topic = `groups-${randomBytes(4).toString('hex')}`;
      group = `of-${topic}`;
      publisher = kafka({ brokers });
    });
    afterEach(async () => {
      await Promise.all(ends.splice(0).map((end) => end()));
      await publisher.close();
    });

    const publish = (...values: readonly string[]) =>
      publisher.publish(
        values.map((value) => ({ topic, key: Buffer.from(value), value: Buffer.from(value), headers: [] })),
      );
    const start = (options: Partial<MemberOptions> = {}) => {
      const member = startMember({ brokers, topic, group, ...options });
      ends.push(member.stop);
      return member;
    };

    describe('whose topic changes', () => {
      it(
        'handles all of a topic that is made anew under the same name while it consumes',
        { timeout: 90_000 },
        async () => {
          await makeTopic(brokers.join(','), topic, 2);
          const member = start();
          const old = range('old', 20);
          await publish(...old);
          await until(() => member.values.length === 20, { ...WITHIN, what: 'the old events' });
          await makeAnew();
          const anew = range('new', 50);
          await until(() => publish(...anew).then(yes, no), { ...WITHIN, what: 'the new events to be published' });
          await until(() => anew.every((each) => member.values.includes(each)), { ...WITHIN, what: 'the new events' });
          expect(member.said('created again')).toHaveLength(1);
          await member.stop();
          const again = start();
          await publish('last');
          await until(() => again.values.length > 0, { ...WITHIN, what: 'the last event' });
          expect(again.values).toEqual(['last']);
        },
      );

      it('does not make a topic again that is gone when it consumes once more', { timeout: 60_000 }, async () => {
        await makeTopic(brokers.join(','), topic, 2);
        const reports: KafkaReport[] = [];
        const backend = kafka({ brokers, observe: (report) => reports.push(report) });
        ends.push(() => backend.close());
        const values: string[] = [];
        const consume = () => {
          const stop = new AbortController();
          const consuming = backend.consume(
            { topic, group, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 5_000 },
            ({ value }) => Promise.resolve(void values.push(Buffer.from(value ?? []).toString())),
            stop.signal,
          );
          return async () => {
            stop.abort();
            await consuming;
          };
        };
        const end = consume();
        await publish('before');
        await until(() => values.length === 1, { ...WITHIN, what: 'the event' });
        await end();
        await admin.deleteTopics({ topics: [topic] });
        await until(async () => !(await admin.listTopics()).includes(topic), { ...WITHIN, what: 'the deletion' });
        const endAgain = consume();
        const isTold = () => reports.some(({ what }) => what.startsWith('The topic no longer exists'));
        const isMade = async () => (await admin.listTopics()).includes(topic);
        await until(async () => isTold() || (await isMade()), { ...WITHIN, what: 'the report' });
        expect(await isMade()).toBe(false);
        await endAgain();
      });
    });

    describe('whose position is not there any more', () => {
      it('goes on with the oldest retained, commits that, and says what was lost', async () => {
        await makeTopic(brokers.join(','), topic, 1);
        await publish(...range('e', 10));
        await publisher.createGroup(topic, group, 'earliest');
        await until(() => deleteBefore(10), { ...WITHIN, what: 'the records to be deleted' });
        const member = start();
        await until(() => member.said('Retention deleted events').length === 1, { ...WITHIN, what: 'the report' });
        expect(Object.fromEntries(member.said('Retention deleted events')[0]?.fields ?? [])).toEqual({
          topic,
          group,
          partition: 0,
          lost: 10,
          position: '0:0',
          next: '0:10',
        });
        const position = async () => (await publisher.positions(topic, group))[0]?.position;
        await until(async () => (await position()) === '0:10', { ...WITHIN, what: 'the new position' });
        await member.stop();
        await publish(...range('f', 5));
        const next = start({ start: 'latest' });
        await until(() => next.values.length === 5, { ...WITHIN, what: 'the events published meanwhile' });
        expect(next.said('Retention deleted events')).toEqual([]);
      });
    });

    describe('of static members', () => {
      it('does not divide anew when one is back within its session', { timeout: 60_000 }, async () => {
        await makeTopic(brokers.join(','), topic, 4);
        const [one, other] = ['a', 'b'].map((instanceId) => start({ instanceId }));
        // The first member may have all partitions for a while.
        for (const member of [one, other])
          await until(
            async () => {
              await publish(...range('e', 4));
              return (member?.partitions.size ?? 0) > 0;
            },
            { ...WITHIN, what: 'events of both' },
          );
        one?.forget();
        other?.forget();
        const both = () => (one?.partitions.size ?? 0) + (other?.partitions.size ?? 0);
        await until(
          async () => {
            await publish(...range('f', 40));
            return both() === 4;
          },
          { ...WITHIN, what: 'all partitions' },
        );
        other?.forget();
        // It may have been the first member, and given up half of its partitions.
        const aborts = other?.aborts;
        await one?.stop();
        const again = start({ instanceId: 'a' });
        await publish(...range('h', 40));
        const rest = () => [...again.values, ...(other?.values ?? [])].filter((each) => each.startsWith('h'));
        await until(() => rest().length === 40, { ...WITHIN, what: 'the events after the restart' });
        expect(again.values.length).toBeGreaterThan(0);
        expect(other?.partitions.size).toBe(2);
        expect(other?.aborts).toBe(aborts);
      });

      it(
        'ends the member whose instance id another process takes, and names the setting',
        { timeout: 60_000 },
        async () => {
          await makeTopic(brokers.join(','), topic, 2);
          const one = start({ instanceId: 'same' });
          await publish('e');
          await until(() => one.values.length === 1, { ...WITHIN, what: 'the first member' });
          start({ instanceId: 'same' });
          await until(() => one.failures.length === 1, { ...WITHIN, what: 'the first member to be fenced' });
          expect(one.failures[0]).toBeInstanceOf(SettingsError);
          expect(one.failures[0]?.message).toBe(
            `Kafka: another process has joined group ${group} with the instance id same (FENCED_INSTANCE_ID). ` +
              'Give each process its own EVENT_BUS_KAFKA_INSTANCE_ID, or stop the other process first.',
          );
        },
      );
    });

    describe('whose coordinator fails to answer', () => {
      const SYNC_GROUP = 14;
      const OFFSET_FETCH = 9;
      const OFFSET_COMMIT = 8;
      const METADATA = 3;

      it.each([
        ['where it stands', OFFSET_FETCH],
        ['what its topics are', METADATA],
        ['what it gets', SYNC_GROUP],
      ] as const)('asks again %s, and no member is left without partitions', async (_, apiKey) => {
        await makeTopic(brokers.join(','), topic, 4);
        const way = breakable();
        const one = start({ client: way.client });
        await publish(...range('e', 10));
        await until(() => one.values.length === 10, { ...WITHIN, what: 'the first events' });
        way.break(apiKey, 7);
        const other = start();
        await publish(...range('f', 10));
        const all = () => new Set([...one.values, ...other.values]);
        await until(() => way.left === 0, { ...WITHIN, what: 'the failures' });
        await until(() => all().size === 20, { ...WITHIN, what: 'all of the events' });
        await publish(...range('h', 40));
        await until(() => all().size === 60, { ...WITHIN, what: 'more events' });
        expect(one.partitions.size).toBeGreaterThan(0);
        if (apiKey !== OFFSET_FETCH) return;
        expect(one.said('Could not look up the positions of assigned partitions')).toHaveLength(1);
        expect(one.said('Looked up the positions of assigned partitions')).toHaveLength(1);
      });

      it('goes on while commits fail, says so within seconds, and commits when they work again', async () => {
        await makeTopic(brokers.join(','), topic, 1);
        const way = breakable();
        const member = start({ client: way.client });
        await publish('first');
        await until(() => member.values.length === 1, { ...WITHIN, what: 'the first event' });
        way.break(OFFSET_COMMIT, 7);
        await publish(...range('e', 5));
        await until(() => member.values.length === 6, { ...WITHIN, what: 'events without commits' });
        await until(() => member.said('Commits fail').length === 1, { withinMs: 5_000, what: 'the report' });
        await until(() => member.said('Commits work again').length === 1, { ...WITHIN, what: 'the good news' });
        const behind = async () => (await publisher.positions(topic, group))[0]?.behind;
        await until(async () => (await behind()) === 0, { ...WITHIN, what: 'all to be committed' });
        expect(member.values).toEqual(['first', ...range('e', 5)]);
      });

      it('handles events while its first commit fails', async () => {
        await makeTopic(brokers.join(','), topic, 1);
        await publisher.createGroup(topic, group, 'earliest');
        await publish('first');
        const way = breakable();
        way.break(OFFSET_COMMIT, 7);
        const failuresToCome: number[] = [];
        const handle = () => Promise.resolve(void failuresToCome.push(way.left));
        const member = start({ client: way.client, handle });
        await until(() => member.values.length === 1, { ...WITHIN, what: 'the event' });
        expect(failuresToCome[0]).toBeGreaterThan(0);
      });
    });

    it('that divides by cooperative-sticky stops only the partitions that move', { timeout: 60_000 }, async () => {
      await makeTopic(brokers.join(','), topic, 4);
      const ended: string[] = [];
      const waiting = new Map<string, () => void>();
      const handle = async (value: string) => {
        await new Promise<void>((resolve) => waiting.set(value, resolve));
        ended.push(value);
      };
      const first = start({ assignment: 'cooperative-sticky', handle });
      await publish(...range('e', 40));
      await until(() => first.partitions.size === 4, { ...WITHIN, what: 'events of all partitions' });
      const second = start({ assignment: 'cooperative-sticky' });
      await until(() => first.aborts > 0, { ...WITHIN, what: 'what moves to be asked for' });
      expect(first.abortedPartitions.size).toBe(2);
      for (const end of waiting.values()) end();
      const open = setInterval(() => {
        for (const end of waiting.values()) end();
      }, 20);
      try {
        await until(() => new Set([...ended, ...second.values]).size === 40, { ...WITHIN, what: 'all of the events' });
        expect(first.abortedPartitions.size).toBe(2);
        expect([...ended, ...second.values]).toHaveLength(40);
      } finally {
        clearInterval(open);
      }
    });

    it('refuses a session timeout that the brokers do not allow, and says which they do', async () => {
      await makeTopic(brokers.join(','), topic, 1);
      const member = start({ sessionTimeoutMs: 2_000 });
      await until(() => member.failures.length === 1, { ...WITHIN, what: 'the refusal' });
      expect(member.failures[0]).toBeInstanceOf(SettingsError);
      expect(member.failures[0]?.message).toBe(
        'EVENT_BUS_KAFKA_SESSION_TIMEOUT: got 2, which the brokers do not allow (INVALID_SESSION_TIMEOUT): ' +
          'allowed: 6 to 1800 (group.min.session.timeout.ms, group.max.session.timeout.ms).',
      );
    });

    describe('in which a record ends the processes that get it', () => {
      it('does not count clean stops', async () => {
        await makeTopic(brokers.join(','), topic, 1);
        await publish('a');
        for (let n = 0; n < 3; n += 1) {
          const member = start({ handle: () => Promise.reject(new Error('not now')) });
          await until(() => member.failures.length === 1, { ...WITHIN, what: 'the failure' });
          expect(member.abandoned).toEqual(new Map());
          await member.stop();
        }
      });
    });

    async function makeAnew(): Promise<void> {
      await admin.deleteTopics({ topics: [topic] });
      await until(() => makeTopic(brokers.join(','), topic, 2).then(yes, no), { ...WITHIN, what: 'the topic anew' });
    }

    async function deleteBefore(offset: number): Promise<boolean> {
      await admin.fetchTopicOffsets(topic);
      return admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] }).then(yes, no);
    }
  });
}

const yes = () => true;
const no = () => false;

/** A socket factory that can close the connection at requests of one kind, so that they fail. */
function breakable() {
  const broken = { apiKey: -1, left: 0 };
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket) as (...of: unknown[]) => boolean;
    Object.assign(socket, {
      write(bytes: Buffer, ...rest: unknown[]) {
        // kafkajs writes the head of a request separately.
        if (broken.left > 0 && bytes.length > 8 && bytes.readInt16BE(0) === broken.apiKey) {
          broken.left -= 1;
          socket.destroy();
          return false;
        }
        return write(bytes, ...rest);
      },
    });
    return socket;
  };
  return {
    client: { socketFactory },
    break: (apiKey: number, times: number) => Object.assign(broken, { apiKey, left: times }),
    get left() {
      return broken.left;
    },
  };
}
