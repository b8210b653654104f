import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SIDE = fileURLToPath(new URL('side.mjs', import.meta.url));

/**
 * Runs a function of sides/<side>.mjs in a process of its own: `start('ours', 'consume', task)`. `said` gives what it tells on the way.
 * BENCH_PROFILE=<folder> writes a CPU profile of each.
 */
export function start(side, name, task) {
  const folder = process.env.BENCH_PROFILE;
  const execArgv = folder
    ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${side}-${name}-${Date.now()}.cpuprofile`]
    : [];
  // What Nest says of its start is of no interest here.
  const child = fork(SIDE, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv,
    env: { ...process.env, NODE_ENV: 'test', NO_COLOR: '1', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  });
  const messages = [];
  const waiting = [];
  const listeners = [];
  let last;
  const answered = new Promise((resolve, reject) => {
    child.on('message', (given) => {
      if ('message' in given) {
        messages.push(given.message);
        for (const listener of listeners) listener(given.message);
        for (const check of waiting) check();
      } else last = given;
    });
    child.once('exit', (code) => {
      if (code === 0 && last !== undefined && 'answer' in last) resolve(last.answer);
      else reject(new Error(`${side} ${name}: ${last?.error ?? `the process ended with ${code}`}`));
    });
  });
  answered.catch(() => undefined);
  child.send({ module: new URL(`sides/${side}.mjs`, import.meta.url).href, name, task });
  return {
    answered,
    onMessage: (listener) => {
      listeners.push(listener);
    },
    /** Ends it as an operator does. */
    async stop() {
      child.kill('SIGTERM');
      await answered.catch(() => undefined);
    },
    /** The first message that fits; rejects when the process ends before. */
    said: (fits) =>
      Promise.race([
        new Promise((resolve) => {
          const check = () => {
            const found = messages.find(fits);
            if (found !== undefined) resolve(found);
          };
          waiting.push(check);
          check();
        }),
        answered.then(() => Promise.reject(new Error(`${side} ${name} ended and did not say it.`))),
      ]),
  };
}

/** The same, where only the answer matters. */
export const inProcess = (side, name, task) => start(side, name, task).answered;
