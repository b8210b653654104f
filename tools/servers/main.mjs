// Starts Kafka, a registry and Redis for manual work, until Ctrl-C. With `prepare` it only downloads what they need.
import { parseArgs } from 'node:util';
import {
  kafka,
  prepareKafka,
  preparePostgres,
  prepareRedis,
  prepareRegistry,
  promtool,
  redis,
  registry,
} from './index.mjs';

const USAGE = 'npm run servers [-- --kafka 3.9|4.1], npm run servers -- prepare';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kafka: { type: 'string', default: '3.9' } },
});
if (positionals.length === 1 && positionals[0] === 'prepare') {
  await prepare();
} else if (positionals.length === 0 && ['3.9', '4.1'].includes(values.kafka)) {
  await serve(values.kafka);
} else {
  console.error(`Usage: ${USAGE}`);
  process.exitCode = 2;
}

async function prepare() {
  const parts = {
    'Kafka 3.9': () => prepareKafka('3.9'),
    'Kafka 4.1': () => prepareKafka('4.1'),
    'Schema registry': prepareRegistry,
    Redis: prepareRedis,
    PostgreSQL: preparePostgres,
    promtool,
  };
  for (const [name, get] of Object.entries(parts)) {
    const began = performance.now();
    await get();
    console.log(`${name}: ready to start (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  }
}

async function serve(version) {
  const signal = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, resolve);
  });
  const starting = [kafka({ version, port: 9092 }), registry({ port: 8081 }), redis({ port: 6379 })];
  const started = Promise.all(starting);
  try {
    const servers = await Promise.race([started, signal]);
    if (Array.isArray(servers)) {
      printSettings(servers);
      await signal;
    }
  } finally {
    const running = await Promise.allSettled(starting);
    await Promise.all(running.map(({ value }) => value?.clear()));
  }
}

function printSettings([broker, schemas, streams]) {
  const settings = {
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: schemas.url,
    EVENT_BUS_REDIS_CONNECTION_URL: streams.url,
  };
  for (const [name, value] of Object.entries(settings)) console.log(`export ${name}=${value}`);
  console.log('\n# Running until Ctrl-C; then their data are removed.');
}
