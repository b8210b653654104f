import { setTimeout as pause } from 'node:timers/promises';

import { Breakage, exists, wrap } from './wrap.mjs';

/** Changes to published records. Each one makes a broken backend. */
const changes = {
  'takes key bytes for text': ({ key }) => ({ key: key && Buffer.from(Buffer.from(key).toString('utf8')) }),
  'takes text for ASCII': ({ value }) => ({ value: value && value.map((byte) => (byte > 0x7f ? 0x3f : byte)) }),
  'cuts values at 64 KiB': ({ value }) => ({ value: value && value.subarray(0, 65_536) }),
  'takes a null value for an empty one': ({ value }) => ({ value: value ?? Buffer.alloc(0) }),
  'takes an empty value for null': ({ value }) => ({ value: value?.length === 0 ? null : value }),
  'takes a null key for an empty one': ({ key }) => ({ key: key ?? Buffer.alloc(0) }),
  'takes an empty key for null': ({ key }) => ({ key: key?.length === 0 ? null : key }),
  'takes keys away': () => ({ key: null }),
  'adds a header of its own': ({ headers }) => ({ headers: [...headers, ['backend', Buffer.from('me')]] }),
  'takes an empty header for null': ({ headers }) => ({
    headers: headers.map(([name, value]) => [name, value?.length === 0 ? null : value]),
  }),
  'takes a null header for an empty one': ({ headers }) => ({
    headers: headers.map(([name, value]) => [name, value ?? Buffer.alloc(0)]),
  }),
  'sorts headers by name': ({ headers }) => ({ headers: headers.toSorted(([a], [b]) => (a < b ? -1 : 1)) }),
  'keeps one of the headers with the same name': ({ headers }) => ({ headers: [...new Map(headers)] }),
  'cuts what is too large': ({ value }) => ({ value: value && value.subarray(0, 1_000_000) }),
};

export const brokenPublishing = {
  ...Object.fromEntries(
    Object.entries(changes).map(([name, change]) => [
      name,
      (backend) =>
        wrap(backend, {
          publish: (records) => backend.publish(records.map((record) => ({ ...record, ...change(record) }))),
        }),
    ]),
  ),

  'tells that it takes more than it does': (backend) =>
    wrap(backend, {
      maxRecordBytes: backend.maxRecordBytes + 100,
      publish: (records) =>
        backend.publish(records).catch((cause) => {
          throw new Breakage('too large', { cause });
        }),
    }),

  'gives positions in reverse': (backend) =>
    wrap(backend, { publish: async (records) => (await backend.publish(records)).toReversed() }),

  'publishes a call in reverse': (backend) =>
    wrap(backend, { publish: async (records) => (await backend.publish(records.toReversed())).toReversed() }),

  'puts a call on the topic of its first record': (backend) =>
    wrap(backend, {
      publish: (records) => backend.publish(records.map((record) => ({ ...record, topic: records[0].topic }))),
    }),

  'rejects a publish of nothing': (backend) =>
    wrap(backend, {
      publish: async (records) => {
        if (records.length === 0) throw new Breakage('nothing to publish');
        return backend.publish(records);
      },
    }),

  'wants topics made before they are published to': (backend) =>
    wrap(backend, {
      publish: async (records) => {
        for (const { topic } of records) {
          if (!(await exists(backend, topic))) throw new Breakage(`unknown topic ${topic}`);
        }
        return backend.publish(records);
      },
    }),

  'lets publishes overtake each other': (backend) =>
    wrap(backend, {
      publish: async (records) => {
        await pause(Math.random() * 20);
        return backend.publish(records);
      },
    }),

  'refuses together what was published together': (backend) => {
    let joint;
    return wrap(backend, {
      publish: async (records) => {
        joint ??= {
          records: [],
          sent: pause(5)
            .then(() => backend.publish(joint.records))
            .finally(() => (joint = undefined)),
        };
        const first = joint.records.push(...records) - records.length;
        return (await joint.sent).slice(first, first + records.length);
      },
    });
  },

  'sends what nobody waits for any more': (backend) =>
    wrap(backend, { publish: (records) => backend.publish(records) }),

  'resolves a publish before it is made': (backend) =>
    wrap(backend, {
      publish: async (records) => {
        setTimeout(() => void backend.publish(records).catch(() => undefined), 200);
        return records.map((_, index) => `${index}`);
      },
    }),

  'drops at close what is under way': (backend) => {
    let closed = false;
    return wrap(backend, {
      publish: async (records) => {
        await pause(1);
        if (closed) throw new Breakage('closed');
        return backend.publish(records);
      },
      close: () => {
        closed = true;
        return backend.close();
      },
    });
  },

  'takes records after close': (backend, open) => {
    let closed = false;
    return wrap(backend, {
      publish: async (records) => (closed ? (await open()).publish(records) : backend.publish(records)),
      close: () => {
        closed = true;
        return backend.close();
      },
    });
  },

  'rejects a second close': (backend) => {
    let closed = false;
    return wrap(backend, {
      close: async () => {
        if (closed) throw new Breakage('closed');
        closed = true;
        await backend.close();
      },
    });
  },

  'keeps records in their process': (backend) => {
    const own = (topic) => `${topic}-${process.pid}`;
    return wrap(backend, {
      publish: (records) => backend.publish(records.map((record) => ({ ...record, topic: own(record.topic) }))),
      consume: (subscription, handle, stop) =>
        backend.consume({ ...subscription, topic: own(subscription.topic) }, handle, stop),
    });
  },

  'leaves a timer behind': (backend) => {
    setInterval(() => undefined, 60_000);
    return wrap(backend, {});
  },

  'answers pings after close': (backend) => wrap(backend, { ping: async () => undefined }),
};
