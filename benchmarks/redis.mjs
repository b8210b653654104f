// Compares Redis with bare ioredis.
import { inProcess } from './in-process.mjs';
import { interleaved, records, report, ROUNDS } from './rounds.mjs';
import { redisSettings } from './settings.mjs';
import { withServers } from './servers.mjs';
import { fillRedis, named } from './topics.mjs';

export async function run() {
  await withServers(['redis'], async (servers) => {
    await consuming(servers);
    await publishing(servers);
  });
}

async function consuming(servers) {
  const { url } = servers.redis;
  const total = records(300_000);
  const skip = total / 5;
  const topic = named('consume');
  await fillRedis(servers, topic, total);
  const task = () => ({ topic, group: named('group'), total, skip });
  const found = await interleaved(ROUNDS, {
    ours: async () => speed(await inProcess('ours', 'consume', { settings: redisSettings(servers), ...task() })),
    bare: async () => speed(await inProcess('ioredis', 'consume', { url, ...task() })),
  });
  report('Redis consume', found.ours, found.bare, '>= 0.7', { against: 'ioredis, read 200 and acknowledge 200' });
}

function speed({ perSecond, duplicates }) {
  if (duplicates > 0) console.log(`  ${duplicates} duplicates`);
  return perSecond;
}

async function publishing(servers) {
  const { url } = servers.redis;
  const settings = redisSettings(servers);
  const single = { total: records(100_000), skip: records(20_000), callers: 100 };
  const found = await interleaved(ROUNDS, {
    ours: async () => (await inProcess('ours', 'publish', { settings, topic: named('publish'), ...single })).perSecond,
    bare: async () => (await inProcess('ioredis', 'publish', { url, topic: named('publish'), ...single })).perSecond,
  });
  report('Redis publish, 100 concurrent callers', found.ours, found.bare, '>= 0.8', {
    against: '100 concurrent ioredis xadd',
  });
}
