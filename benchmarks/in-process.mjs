import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SIDE = fileURLToPath(new URL('side.mjs', import.meta.url));

/**
 * Runs a function of sides/<side>.mjs in its own process: `start('ours', 'consume', task)`. `said` waits for its
 * messages. BENCH_PROFILE=<folder> writes a CPU profile of each process.
 */
export function start(side, name, task) {
  const folder = process.env.BENCH_PROFILE;
  const execArgv = folder
    ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${side}-${name}-${Date.now()}.cpuprofile`]
    : [];
  // Hides Nest's start messages.
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
    /** Ends the process with SIGTERM, as an operator does. */
    async stop() {
      child.kill('SIGTERM');
      await answered.catch(() => undefined);
    },
    /** Resolves with the first matching message. Rejects if the process ends before. */
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

/** Like {@link start}, but returns only the answer. */
export const inProcess = (side, name, task) => start(side, name, task).answered;
