import { AdminError } from 'nest-event-bus/core';

import { Breakage, exists, wrap } from './wrap.mjs';

/** A backend whose positions are told otherwise. */
function telling(change) {
  return (backend) =>
    wrap(backend, { positions: async (topic, group) => (await backend.positions(topic, group)).map(change) });
}

/** A backend that moves groups to somewhere else. */
function movingTo(change) {
  return (backend) =>
    wrap(backend, { move: (topic, group, to, options) => backend.move(topic, group, change(to), options) });
}

/** A backend that answers instead of rejecting with an AdminError. */
function answering(method, answer) {
  return (backend) =>
    wrap(backend, {
      [method]: (...given) =>
        backend[method](...given).catch((error) => {
          if (error instanceof AdminError) return answer;
          throw error;
        }),
    });
}

/** A backend that makes groups somewhere else. */
function makingAt(start) {
  return (backend) => wrap(backend, { createGroup: (topic, group) => backend.createGroup(topic, group, start) });
}

export const brokenAdministering = {
  'tells that nothing is unsettled': telling((partition) => ({ ...partition, behind: 0 })),
  'counts all that it has for lag': telling((partition) => ({ ...partition, behind: 5 })),
  'tells the end for the position': telling((partition) => ({ ...partition, position: partition.end })),
  'tells the position for the end': telling((partition) => ({ ...partition, end: partition.position })),
  'tells no end': telling((partition) => ({ ...partition, end: '' })),

  'makes all groups at latest': makingAt('latest'),
  'makes all groups at earliest': makingAt('earliest'),

  'always tells that it made the group': (backend) =>
    wrap(backend, { createGroup: (...given) => backend.createGroup(...given).then(() => true) }),

  'wants topics made before groups': (backend) =>
    wrap(backend, {
      createGroup: async (topic, group, start) => {
        if (!(await exists(backend, topic))) throw new Breakage(`unknown topic ${topic}`);
        return backend.createGroup(topic, group, start);
      },
    }),

  'refuses to make a topic again': (backend) =>
    wrap(backend, {
      createTopic: async (topic) => {
        if (await exists(backend, topic)) throw new Breakage(`topic ${topic} is there`);
        await backend.createTopic(topic);
      },
    }),

  'moves to the start wherever it is told': movingTo(() => 'start'),
  'moves to the end wherever it is told': movingTo(() => 'end'),
  'moves to the start instead of a time': movingTo((to) => (to instanceof Date ? 'start' : to)),
  'moves to the end instead of a position': movingTo((to) => (typeof to === 'object' && 'position' in to ? 'end' : to)),

  'moves in a dry run': (backend) =>
    wrap(backend, { move: (topic, group, to) => backend.move(topic, group, to, { dryRun: false }) }),

  'tells where it moved to for where it moved from': (backend) =>
    wrap(backend, {
      move: async (...given) => (await backend.move(...given)).map((move) => ({ ...move, from: move.to })),
    }),

  'does not say that it did not move': answering('move', []),
  'knows no unknown topics and groups': answering('positions', []),

  'moves all groups with one': (() => {
    const groups = new Map();
    const remember = (topic, group) => groups.set(topic, (groups.get(topic) ?? new Set()).add(group));
    return (backend) =>
      wrap(backend, {
        createGroup: (topic, group, start) => {
          remember(topic, group);
          return backend.createGroup(topic, group, start);
        },
        consume: (subscription, handle, stop) => {
          remember(subscription.topic, subscription.group);
          return backend.consume(subscription, handle, stop);
        },
        move: async (topic, group, to, options) => {
          for (const other of groups.get(topic) ?? []) {
            if (other !== group) await backend.move(topic, other, to, options);
          }
          return backend.move(topic, group, to, options);
        },
      });
  })(),

  'does not name what is unknown': (backend) => {
    const nameless =
      (method) =>
      async (...given) => {
        try {
          return await backend[method](...given);
        } catch (error) {
          throw error instanceof AdminError ? new AdminError('not found') : error;
        }
      };
    return wrap(backend, { positions: nameless('positions'), move: nameless('move') });
  },

  'reads nothing from unknown topics': (backend) =>
    wrap(backend, {
      read: async function* (topic) {
        if (await exists(backend, topic)) yield* backend.read(topic);
      },
    }),

  'leaves out the first record when it reads': (backend) =>
    wrap(backend, {
      read: async function* (topic) {
        let first = true;
        for await (const record of backend.read(topic)) {
          if (!first) yield record;
          first = false;
        }
      },
    }),

  'goes on where the last reader left': (() => {
    const left = new Map();
    return (backend) =>
      wrap(backend, {
        read: async function* (topic) {
          let index = 0;
          for await (const record of backend.read(topic)) {
            if (index++ < (left.get(topic) ?? 0)) continue;
            left.set(topic, index);
            yield record;
          }
        },
      });
  })(),

  'settles what it reads': (() => {
    const groups = new Map();
    return (backend) =>
      wrap(backend, {
        createGroup: (topic, group, start) => {
          groups.set(topic, group);
          return backend.createGroup(topic, group, start);
        },
        read: async function* (topic) {
          yield* backend.read(topic);
          if (groups.has(topic)) await backend.move(topic, groups.get(topic), 'end');
        },
      });
  })(),
};
