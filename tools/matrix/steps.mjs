// The steps of one cell, in an installed project.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathOf, run } from './managers.mjs';
import { roundTrip } from './round-trip.mjs';

/** Returns the versions of the cell, and `run(step)`, which rejects if the step fails and may resolve with a note. */
export async function openCell(cell, { folder, manager, node, redisUrl }) {
  const environment = {
    ...process.env,
    ...manager.env,
    ...pathOf(node.path),
    NODE_ENV: '',
    NO_COLOR: '1',
    NODE_OPTIONS: await manager.nodeOptions(folder, node.path),
  };
  const path = join(folder, `bus-${node.version}`);
  await rm(path, { recursive: true, force: true });
  const embedded = { ...environment, EVENT_BUS_EMBEDDED_PATH: join(path, 'events.db') };
  const redis = {
    ...environment,
    EVENT_BUS_PRODUCER: 'redis',
    EVENT_BUS_CONSUMER: 'redis',
    EVENT_BUS_REDIS_CONNECTION_URL: redisUrl,
  };
  const consumer = ['dist/consumer.js'];
  const trip = (env, start) => roundTrip({ node: node.path, folder, env, start });
  const steps = {
    embedded: () => trip(embedded, consumer),
    Redis: () => trip(redis, consumer),
    'nest start consumer': async () => trip(embedded, [await manager.bin(folder, 'nest'), 'start', 'consumer']),
    tests: async () => {
      // The scripts "test" and "test:e2e" of the generated package.json.
      const env = { ...environment, NODE_ENV: 'test' };
      for (const args of await testRuns(cell, folder, manager)) await run(folder, [node.path, ...args], env);
    },
    'event-bus': () => commandLine(folder, manager, embedded),
  };
  return { versions: await versionsOf(folder, manager, node), run: (step) => steps[step]() };
}

async function testRuns({ nest, modules }, folder, manager) {
  if (modules === 'esm') {
    const vitest = await manager.bin(folder, 'vitest');
    return [
      [vitest, 'run'],
      [vitest, 'run', '--config', './vitest.config.e2e.ts'],
    ];
  }
  const jest = [...(nest > 11 ? ['--experimental-vm-modules'] : []), await manager.bin(folder, 'jest')];
  return [jest, [...jest, '--config', './test/jest-e2e.json']];
}

/**
 * The command line as the package manager runs it. It finds packages and events of the project, and says which optional
 * package is missing: no project has kafkajs.
 */
async function commandLine(folder, manager, env) {
  // The package manager gives Node its own options.
  const plain = {
    ...env,
    NODE_OPTIONS: '',
    EVENT_BUS_EVENTS: 'openedx-events,./dist/order-placed/order-placed.event.js',
  };
  const events = await run(folder, [...manager.exec, 'event-bus', 'events'], plain);
  for (const type of ['com.example.order.placed.v1', 'org.openedx.learning.course.enrollment.created.v1'])
    if (!events.includes(type)) throw new Error(`event-bus events does not show ${type}:\n${events}`);
  const kafka = {
    ...plain,
    EVENT_BUS_CONSUMER: 'kafka',
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
  };
  const lag = run(folder, [...manager.exec, 'event-bus', 'lag', '--topic', 'order-placed', '--group', 'matrix'], kafka);
  const { code, stderr } = await lag.catch((error) => error);
  if (code !== 2 || !stderr.includes('The backend kafka needs the package kafkajs: npm install kafkajs'))
    throw new Error(`event-bus lag without kafkajs ends with ${code}:\n${stderr}`);
}

async function versionsOf(folder, manager, node) {
  const script = `for (const name of ['core', 'cli', 'ioredis'])
    console.log(require((name === 'ioredis' ? name : '@nestjs/' + name) + '/package.json').version);`;
  const options = await manager.nodeOptions(folder, node.path);
  const told = await run(folder, [node.path, '--input-type=commonjs', '-e', script], { NODE_OPTIONS: options });
  const [nest, cli, ioredis] = told.trim().split('\n');
  return { nest, cli, ioredis, node: node.version, manager: `${manager.name} ${manager.version}` };
}
