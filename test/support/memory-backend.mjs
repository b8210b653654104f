// A backend in memory that works like Kafka: it has several partitions, each belongs to one member at a time, and the
// finished prefix of a partition is settled. All backends with one store share their topics, within the process.
import { AdminError, RecordRefusedError, UnavailableError } from 'nest-event-bus/core';

import { MemoryGroup } from './memory-group.mjs';

/** @type {Map<string, Map<string, { logs: object[][], groups: Map<string, MemoryGroup> }>>} */
const stores = new Map();

/**
 * @param {{ store: string, partitions: number }} config
 * @returns {import('nest-event-bus/core').Backend}
 */
export function createBackend({ store, partitions }) {
  const topics = stores.get(store) ?? new Map();
  stores.set(store, topics);
  const publishing = new Set();
  let closed = false;
  let unkeyed = 0;

  const makeTopic = (name) => {
    const topic = topics.get(name) ?? { logs: Array.from({ length: partitions }, () => []), groups: new Map() };
    topics.set(name, topic);
    return topic;
  };
  const topicOf = (name) => topics.get(name) ?? fail(new AdminError(`unknown topic ${name}`));
  const groupOf = (topic, name) =>
    topicOf(topic).groups.get(name) ?? fail(new AdminError(`unknown group ${name} on ${topic}`));
  const makeGroup = (topicName, name, start) => {
    const topic = makeTopic(topicName);
    const made = !topic.groups.has(name);
    if (made) {
      const group = new MemoryGroup(topic.logs);
      group.begin(start);
      topic.groups.set(name, group);
    }
    return { group: topic.groups.get(name), made };
  };
  const isOpen = () => {
    if (closed) throw new UnavailableError('the memory backend is closed');
  };

  const append = ({ topic: name, key, value, headers }) => {
    const topic = makeTopic(name);
    const partition = (key === null ? unkeyed++ : hash(key)) % partitions;
    const log = topic.logs[partition];
    const position = `${partition}:${log.length}`;
    log.push({ topic: name, key, value, headers, partition, position, timestamp: Date.now(), isReplay: false });
    return position;
  };
  const publish = async (records, signal) => {
    const isTooLarge = ({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0) > 2_000_000;
    if (records.some(isTooLarge)) throw new RecordRefusedError('too large');
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    const positions = records.map(append);
    for (const name of new Set(records.map(({ topic }) => topic))) {
      for (const group of topicOf(name).groups.values()) group.pump();
    }
    return positions;
  };

  return {
    name: 'memory',
    maxRecordBytes: 2_000_000,
    async publish(records, { signal } = {}) {
      isOpen();
      const published = publish(records, signal);
      publishing.add(published);
      return published.finally(() => publishing.delete(published));
    },
    async consume({ topic, group, member, start, maxInFlight, stopBudgetMs, onAssigned }, handle, stop) {
      isOpen();
      if (stop.aborted) return;
      const made = makeGroup(topic, group, start);
      onAssigned?.();
      await made.group.consume({ name: member, maxInFlight, stopBudgetMs, handle, stop });
    },
    async topics() {
      isOpen();
      return [...topics.keys()];
    },
    async groups(topic) {
      isOpen();
      const { groups } = topicOf(topic);
      return [...groups].map(([group, { members }]) => ({ group, members: members.map(({ name }) => name) }));
    },
    async createTopic(topic) {
      isOpen();
      makeTopic(topic);
    },
    async createGroup(topic, group, start) {
      isOpen();
      return makeGroup(topic, group, start).made;
    },
    async positions(topic, group) {
      isOpen();
      return groupOf(topic, group).positions();
    },
    async move(topic, group, to, options = {}) {
      isOpen();
      return groupOf(topic, group).move(to, options);
    },
    async *read(topic) {
      isOpen();
      for (const log of topicOf(topic).logs) yield* log.slice();
    },
    async ping() {
      isOpen();
    },
    async close() {
      closed = true;
      await Promise.allSettled(publishing);
    },
  };
}

function hash(key) {
  return key.reduce((sum, byte) => (sum * 31 + byte) % 65_521, 7);
}

function fail(error) {
  throw error;
}
