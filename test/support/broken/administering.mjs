import { setTimeout as pause } from 'node:timers/promises';

import { AdminError } from 'nest-event-bus/core';

import { Breakage, exists, wrap } from './wrap.mjs';

/** A backend that reports changed positions. */
function telling(change) {
  return (backend) =>
    wrap(backend, { positions: async (topic, group) => (await backend.positions(topic, group)).map(change) });
}

/** A backend that moves groups to another target. */
function movingTo(change) {
  return (backend) =>
    wrap(backend, { move: (topic, group, to, options) => backend.move(topic, group, change(to), options) });
}

/** A backend that moves groups with other options. */
function movingWith(change) {
  return (backend) =>
    wrap(backend, { move: (topic, group, to, options = {}) => backend.move(topic, group, to, change(options)) });
}

/** A backend that reports changed results of a move. */
function tellingOfMoves(change) {
  return (backend) =>
    wrap(backend, {
      move: async (...given) => (await backend.move(...given)).map((move) => ({ ...move, ...change(move) })),
    });
}

/** A backend that reports changed groups. */
function tellingOfGroups(change) {
  return (backend) => wrap(backend, { groups: async (topic) => change(await backend.groups(topic), topic, backend) });
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

/** A backend that creates groups at another start. */
function makingAt(start) {
  return (backend) => wrap(backend, { createGroup: (topic, group) => backend.createGroup(topic, group, start) });
}

export const brokenAdministering = {
  'tells that nothing is unsettled': telling((partition) => ({ ...partition, behind: 0 })),
  'counts all that it has for lag': telling((partition) => ({ ...partition, behind: 5 })),
  'tells the end for the position': telling((partition) => ({ ...partition, position: partition.end })),
  'tells the position for the end': telling((partition) => ({ ...partition, end: partition.position })),
  'tells no time of the oldest': telling((partition) => ({ ...partition, oldestAt: null })),
  'tells now for the time of the oldest': telling((partition) => ({
    ...partition,
    oldestAt: partition.behind === 0 ? null : Date.now() + 1,
  })),
  'tells no end': telling((partition) => ({ ...partition, end: '' })),

  'lists topics with records only': (backend) =>
    wrap(backend, {
      topics: async () => {
        const topics = await backend.topics();
        const isEmpty = await Promise.all(
          topics.map(async (topic) => (await backend.read(topic)[Symbol.asyncIterator]().next()).done),
        );
        return topics.filter((_, index) => !isEmpty[index]);
      },
    }),
  'lists topics twice': (backend) =>
    wrap(backend, { topics: async () => (await backend.topics()).flatMap((topic) => [topic, topic]) }),
  'lists one group of a topic': tellingOfGroups((groups) => groups.slice(0, 1)),
  'lists the groups of all topics': (() => {
    const made = [];
    return (backend) =>
      wrap(backend, {
        createGroup: (topic, group, start) => {
          made.push({ group, members: [] });
          return backend.createGroup(topic, group, start);
        },
        groups: async (topic) => {
          await backend.groups(topic);
          return made;
        },
      });
  })(),
  'lists a group that is none': tellingOfGroups((groups) => [...groups, { group: 'none', members: [] }]),
  'lists no members': tellingOfGroups((groups) => groups.map(({ group }) => ({ group, members: [] }))),
  'lists one member of a group': tellingOfGroups((groups) =>
    groups.map(({ group, members }) => ({ group, members: members.slice(0, 1) })),
  ),
  'lists the members of one group for all': tellingOfGroups((groups) => {
    const members = groups.flatMap((each) => each.members);
    return groups.map(({ group }) => ({ group, members }));
  }),
  'lists no groups of unknown topics': answering('groups', []),

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

  'moves in a dry run': movingWith((options) => ({ ...options, dryRun: false })),
  'forgets what it was moved for': movingWith(({ dryRun }) => ({ dryRun })),
  'takes its time to move, and forgets what it was for': (() => {
    let calls = 0;
    return (backend) =>
      wrap(backend, {
        move: async (topic, group, to) => {
          await pause(100 * calls++);
          return backend.move(topic, group, to);
        },
      });
  })(),
  'knows one reason to move': movingWith(({ once, ...options }) => ({ ...options, ...(once && { once: 'moved' }) })),

  'moves once for all groups': (() => {
    const done = new Set();
    return (backend) =>
      wrap(backend, {
        move: async (topic, group, to, options = {}) => {
          if (done.has(`${topic} ${options.once}`)) return [];
          if (options.once !== undefined) done.add(`${topic} ${options.once}`);
          return backend.move(topic, group, to, options);
        },
      });
  })(),

  'marks in a dry run what it would be moved for': (() => {
    const done = new Set();
    return (backend) =>
      wrap(backend, {
        move: async (topic, group, to, options = {}) => {
          const reason = `${topic} ${group} ${options.once}`;
          if (options.once !== undefined && done.has(reason)) return [];
          if (options.dryRun) done.add(reason);
          return backend.move(topic, group, to, options);
        },
      });
  })(),

  'does not count a move to where the group is': (() => {
    const done = new Set();
    return (backend) =>
      wrap(backend, {
        move: async (topic, group, to, { once, ...options } = {}) => {
          const reason = `${topic} ${group} ${once}`;
          if (once !== undefined && done.has(reason)) return [];
          const moves = await backend.move(topic, group, to, options);
          if (moves.some(({ again, skipped }) => again + skipped > 0)) done.add(reason);
          return moves;
        },
      });
  })(),

  'forgets the reason before the last': (() => {
    const reasons = new Map();
    return (backend) =>
      wrap(backend, {
        move: async (topic, group, to, { once, ...options } = {}) => {
          const key = `${topic} ${group}`;
          if (once !== undefined && reasons.get(key) === once) return [];
          const moves = await backend.move(topic, group, to, options);
          if (once !== undefined) reasons.set(key, once);
          return moves;
        },
      });
  })(),

  'tells that no record comes again': tellingOfMoves(() => ({ again: 0 })),
  'tells that no record is skipped': tellingOfMoves(() => ({ skipped: 0 })),

  'tells where it moved to for where it moved from': tellingOfMoves(({ to }) => ({ from: to })),

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
