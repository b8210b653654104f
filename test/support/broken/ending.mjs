import { setTimeout as pause } from 'node:timers/promises';

import { Breakage, wrap } from './wrap.mjs';

/** Delays the stop signal as `arrange` decides. */
function stopWhen(arrange) {
  const late = new AbortController();
  arrange(() => late.abort());
  return late.signal;
}

function onStop(stop, listener) {
  if (stop.aborted) listener();
  else stop.addEventListener('abort', listener);
}

export const brokenEnding = {
  'hears of stop late': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) =>
        backend.consume(
          subscription,
          handle,
          stopWhen((abort) => onStop(stop, () => setTimeout(abort, 300))),
        ),
    }),

  'resolves late after stop': (backend) =>
    wrap(backend, {
      consume: async (subscription, handle, stop) => {
        await backend.consume(subscription, handle, stop);
        await pause(1_500);
      },
    }),

  'does not wait for calls at stop': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) =>
        Promise.race([backend.consume(subscription, handle, stop), new Promise((resolve) => onStop(stop, resolve))]),
    }),

  'takes a rejection after stop for an error': (backend) =>
    wrap(backend, {
      consume: async (subscription, handle, stop) => {
        const errors = [];
        const keeping = (record, lost) =>
          handle(record, lost).catch((error) => {
            errors.push(error);
            throw error;
          });
        await backend.consume(subscription, keeping, stop);
        if (errors.length > 0) throw new Breakage('a call rejected', { cause: errors[0] });
      },
    }),

  'does not wait for calls when one rejects': (backend) =>
    wrap(backend, {
      consume: (subscription, handle, stop) =>
        new Promise((resolve, reject) => {
          const telling = (record, lost) =>
            handle(record, lost).catch((error) => {
              if (!stop.aborted) reject(error);
              throw error;
            });
          backend.consume(subscription, telling, stop).then(resolve, reject);
        }),
    }),

  'settles what rejects, and goes on for a while': (backend) =>
    wrap(backend, {
      consume: async (subscription, handle, stop) => {
        let failure;
        const stopping = stopWhen((abort) => {
          onStop(stop, abort);
          failure = { abort };
        });
        const swallowing = (record, lost) =>
          handle(record, lost).catch((error) => {
            failure.error ??= error;
            setTimeout(failure.abort, 300);
          });
        await backend.consume(subscription, swallowing, stopping);
        if (failure.error !== undefined && !stop.aborted) throw failure.error;
      },
    }),

  'stops all its members with the first': (backend) => {
    const stops = new AbortController();
    return wrap(backend, {
      consume: (subscription, handle, stop) => {
        onStop(stop, () => stops.abort());
        return backend.consume(subscription, handle, stops.signal);
      },
    });
  },

  'lets one member in the process work': (() => {
    let turn = Promise.resolve();
    return (backend) =>
      wrap(backend, {
        consume: async (subscription, handle, stop) => {
          const before = turn;
          turn = new Promise((resolve) => onStop(stop, resolve));
          await Promise.race([before, turn]);
          await backend.consume(subscription, handle, stop);
        },
      });
  })(),

  'closes all backends of the process with the first': (() => {
    let isClosed = false;
    return (backend) => {
      const unlessClosed = async (action) => {
        if (isClosed) throw new Breakage('closed');
        return action();
      };
      return wrap(backend, {
        publish: (records) => unlessClosed(() => backend.publish(records)),
        positions: (topic, group) => unlessClosed(() => backend.positions(topic, group)),
        close: () => {
          isClosed = true;
          return backend.close();
        },
      });
    };
  })(),
};
