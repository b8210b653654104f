import { setTimeout as pause } from 'node:timers/promises';

import { Breakage, exists, wrap } from './wrap.mjs';

/** A backend that wraps `handle`. */
function handling(around) {
  return (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) =>
        backend.consume(subscription, (record, lost) => around(handle, record, lost, stop), stop),
    });
}

/** A backend that changes the parameters of `consume`. */
function asking(change) {
  return (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) =>
        backend.consume({ ...subscription, ...change(subscription) }, handle, stop),
    });
}

/** A backend that does something before `consume`. */
function preparing(before) {
  return (backend) => {
    const seen = { consumes: 0 };
    return wrap(backend, {
      consume: async (subscription, handle, stop) => {
        seen.consumes++;
        await before(backend, subscription, seen);
        await backend.consume(subscription, handle, stop);
      },
    });
  };
}

/** Runs at most `count` actions at a time. Further ones wait in order. */
function slots(count) {
  const waiting = [];
  let open = 0;
  return async (action) => {
    if (open >= count) await new Promise((resolve) => waiting.push(resolve));
    open++;
    await action().finally(() => {
      open--;
      waiting.shift()?.();
    });
  };
}

const memberOf = new Map();
const never = new AbortController().signal;

export const brokenConsuming = {
  'carries times in seconds': handling((handle, record, lost) =>
    handle({ ...record, timestamp: Math.round(record.timestamp / 1_000) }, lost),
  ),

  'hands records over late': handling(async (handle, record, lost) => {
    await pause(1_200);
    await handle(record, lost);
  }),

  'settles a record before its call resolves': handling(async (handle, record, lost) => {
    handle(record, lost).catch(() => undefined);
  }),

  'settles records when it stops': handling(async (handle, record, lost, stop) => {
    await handle(record, lost);
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve));
  }),

  'settles what was lost': handling((handle, record, lost) =>
    handle(record, lost).catch((error) => {
      if (!lost.aborted) throw error;
    }),
  ),

  'settles what was rejected after stop': handling((handle, record, lost, stop) =>
    handle(record, lost).catch((error) => {
      if (!stop.aborted) throw error;
    }),
  ),

  // Spread over two seconds, so that a kill always interrupts some of them.
  'settles a record before it hands it over': (() => {
    let calls = 0;
    return handling(async (handle, record, lost) => {
      setTimeout(() => void handle(record, lost).catch(() => undefined), 100 + (calls++ % 100) * 20);
    });
  })(),

  'forgets at stop what was running': handling(async (handle, record, lost, stop) => {
    await handle(record, lost);
    if (stop.aborted) throw new Error('forgotten');
  }),

  'never tells that a record is lost': handling((handle, record) => handle(record, never)),

  'takes slow records for lost': handling((handle, record) => handle(record, AbortSignal.timeout(200))),

  // Every third call. If keys are used in turn and their number is even, every second call would always hit the same
  // keys.
  'starts every third call late': (() => {
    let calls = 0;
    return handling(async (handle, record, lost) => {
      if (calls++ % 3 === 0) await pause(100);
      await handle(record, lost);
    });
  })(),

  'wraps what calls reject with': handling((handle, record, lost) =>
    handle(record, lost).catch((error) => {
      throw new Error('a call rejected', { cause: error });
    }),
  ),

  'does not count who vanished': handling((handle, record, lost) => handle({ ...record, abandoned: undefined }, lost)),

  'counts every record as left behind': handling((handle, record, lost) => handle({ ...record, abandoned: 1 }, lost)),

  'counts who vanished with one record for all': (() => {
    let most = 0;
    return handling((handle, record, lost) => {
      most = Math.max(most, record.abandoned ?? 0);
      return handle({ ...record, abandoned: most }, lost);
    });
  })(),

  'marks nothing as a replay': handling((handle, record, lost) => handle({ ...record, isReplay: false }, lost)),
  'marks everything as a replay': handling((handle, record, lost) => handle({ ...record, isReplay: true }, lost)),

  'opens fewer calls': asking(({ maxInFlight }) => ({ maxInFlight: maxInFlight - 1 })),
  'opens one call more': asking(({ maxInFlight }) => ({ maxInFlight: maxInFlight + 1 })),
  'opens twice as many calls': asking(({ maxInFlight }) => ({ maxInFlight: maxInFlight * 2 })),
  'leaves no time to stop': asking(() => ({ stopBudgetMs: 1 })),
  'never tells a member that it is one': asking(() => ({ onAssigned: undefined })),
  'starts at latest always': asking(() => ({ start: 'latest' })),
  'starts at earliest always': asking(() => ({ start: 'earliest' })),
  'has one group on each topic': asking(() => ({ group: 'the group' })),
  'keeps positions under another name': asking(({ group }) => ({ group: `${group}-` })),

  'gives later members a group of their own': asking(({ group, member }) => {
    if (!memberOf.has(group)) memberOf.set(group, member);
    return { group: memberOf.get(group) === member ? group : `${group}-${member}` };
  }),

  'goes back to the start with every member': preparing((backend, { topic, group }) =>
    backend.move(topic, group, 'start').catch(() => undefined),
  ),

  'starts where it is asked to each time': preparing((backend, { topic, group, start }) =>
    backend.move(topic, group, start === 'latest' ? 'end' : 'start').catch(() => undefined),
  ),

  'wants topics made before they are consumed': preparing(async (backend, { topic }) => {
    if (!(await exists(backend, topic))) throw new Breakage(`unknown topic ${topic}`);
  }),

  'consumes once': preparing(async (_, __, seen) => {
    if (seen.consumes > 1) throw new Breakage('consume was called before');
  }),

  'waits for a lease before it begins': preparing(() => pause(1_500)),

  'marks a replay for its first member': (() => {
    const members = new Map();
    return (backend) =>
      wrap(backend, {
        consume: (subscription, handle, stop) => {
          const nth = (members.get(subscription.group) ?? 0) + 1;
          members.set(subscription.group, nth);
          const marked = (record, lost) => handle({ ...record, isReplay: record.isReplay && nth < 3 }, lost);
          return backend.consume(subscription, marked, stop);
        },
      });
  })(),

  'settles records in the order of their start': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) => {
        let before = Promise.resolve();
        const inOrder = (record, lost) => {
          const all = Promise.all([handle(record, lost), before]);
          before = all.then(() => undefined);
          before.catch(() => undefined);
          return before;
        };
        return backend.consume(subscription, inOrder, stop);
      },
    }),

  'settles three seconds late': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) => {
        const whenFree = slots(subscription.maxInFlight);
        const late = async (record, lost) => {
          await whenFree(() => handle(record, lost));
          await pause(3_000);
        };
        return backend.consume({ ...subscription, maxInFlight: 10_000 }, late, stop);
      },
    }),

  'counts open calls for the window': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) => {
        const whenFree = slots(subscription.maxInFlight);
        const counting = (record, lost) => whenFree(() => handle(record, lost));
        return backend.consume({ ...subscription, maxInFlight: 1_000 }, counting, stop);
      },
    }),

  'has one window over all partitions': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) => {
        let handedOver = 0;
        const open = new Set();
        const inWindow = async (record, lost) => {
          const number = handedOver++;
          open.add(number);
          while (number - Math.min(...open) >= subscription.maxInFlight && !stop.aborted) await pause(1);
          await handle(record, lost).finally(() => open.delete(number));
        };
        return backend.consume(subscription, inWindow, stop);
      },
    }),
};
