/** The error of a broken backend where a working one would not reject. */
export class Breakage extends Error {
  name = 'Breakage';
}

/** A copy of `backend` with some methods replaced by `overrides`. */
export function wrap(backend, overrides) {
  return {
    name: backend.name,
    maxRecordBytes: backend.maxRecordBytes,
    publish: (records, options) => backend.publish(records, options),
    consume: (subscription, handle, stop) => backend.consume(subscription, handle, stop),
    topics: () => backend.topics(),
    groups: (topic) => backend.groups(topic),
    createTopic: (topic) => backend.createTopic(topic),
    createGroup: (topic, group, start) => backend.createGroup(topic, group, start),
    positions: (topic, group) => backend.positions(topic, group),
    move: (topic, group, to, options) => backend.move(topic, group, to, options),
    read: (topic) => backend.read(topic),
    ping: () => backend.ping(),
    close: () => backend.close(),
    ...overrides,
  };
}

export function exists(backend, topic) {
  return backend
    .read(topic)
    [Symbol.asyncIterator]()
    .next()
    .then(
      () => true,
      () => false,
    );
}
