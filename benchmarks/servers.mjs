import { kafka, redis, registry } from '../tools/servers/index.mjs';

/** Runs `work` with new servers and removes them afterwards. */
export async function withServers(names, work) {
  const makers = { kafka: () => kafka({ version: '3.9' }), registry, redis };
  const started = await Promise.allSettled(names.map((name) => makers[name]()));
  try {
    const failed = started.find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return await work(Object.fromEntries(names.map((name, n) => [name, started[n].value])));
  } finally {
    await Promise.all(started.map(({ value }) => value?.clear()));
  }
}
