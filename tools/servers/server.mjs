import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 30_000;

/** Starts a server in a process of `native` or `container`. `isReady` rejects until the server answers. */
export async function server({ name, folder, process, isReady }) {
  const began = performance.now();

  const start = async () => {
    await process.start();
    try {
      await answer();
    } catch (cause) {
      await end();
      const log = (await process.logs()).trim().split('\n').slice(-20).join('\n');
      throw new Error(`${name} did not start: ${cause.message}. The end of its log:\n${log}`, { cause });
    }
  };

  const answer = async () => {
    const deadline = performance.now() + START_LIMIT_MS;
    let code;
    void process.ended().then((ended) => (code = ended));
    for (;;) {
      try {
        return await isReady();
      } catch (cause) {
        if (code !== undefined) throw new Error(`it ended with ${code}`, { cause });
        if (performance.now() > deadline) throw new Error(`no answer within ${START_LIMIT_MS / 1000} s`, { cause });
      }
      await delay(50);
    }
  };

  const end = async () => {
    await process.kill();
    await process.ended();
  };

  const stop = async () => {
    await process.resume();
    await process.terminate();
    const limit = new AbortController();
    const inTime = await Promise.race([
      process.ended().then(() => true),
      delay(STOP_LIMIT_MS, false, { signal: limit.signal }).catch(() => false),
    ]);
    limit.abort();
    if (inTime) return;
    await end();
    throw new Error(`${name} did not stop within ${STOP_LIMIT_MS / 1000} s and was killed`);
  };

  const clear = async () => {
    await end();
    await process.remove();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    await start();
  } catch (error) {
    await clear();
    throw error;
  }
  return {
    folder,
    startedInMs: Math.round(performance.now() - began),
    logs: () => process.logs(),
    stop,
    kill: end,
    pause: () => process.pause(),
    resume: () => process.resume(),
    restart: async () => {
      await stop();
      await start();
    },
    clear,
  };
}
