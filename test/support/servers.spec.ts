import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { type Server, kafka, postgres, redis, registry } from '../../tools/servers/index.mjs';
import { ROOT, start } from './process.js';
import { requires } from './requirements.js';
import { sharedServer } from './servers.js';

const own: Pick<Server, 'clear'>[] = [];
const keep = <S extends Pick<Server, 'clear'>>(server: S): S => {
  own.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(own.splice(0).map((server) => server.clear()));
});

for (const version of ['3.9', '4.1'] as const) {
  await requires(`kafka-${version}`, `Kafka ${version} of the tests`, () => {
    it('keeps records over a crash and a restart, and leaves no process behind', { timeout: 90_000 }, async () => {
      const server = keep(await kafka({ version }));
      const topic = `smoke-${randomUUID()}`;
      await produce(server.brokers, topic, 'kept');
      await server.kill();
      await server.restart();
      expect(await consume(server.brokers, topic)).toBe('kept');
      await server.stop();
      expect(await processesOf(server)).toEqual([]);
    });
  });
}

await requires('registry', 'The registry of the tests', () => {
  it('keeps schemas over a restart, and checks new ones', async () => {
    const server = keep(await registry());
    const subject = `smoke-${randomUUID()}`;
    const { id } = (await register(server.url, subject, '"string"')) as { readonly id: number };
    await server.restart();
    expect(await register(server.url, subject, ' "string" ')).toMatchObject({ id });
    expect(await register(server.url, subject, '"int"')).toMatchObject({ error_code: 409 });
    await server.stop();
    expect(await processesOf(server)).toEqual([]);
  });
});

await requires('redis', 'The Redis of the tests', () => {
  it('keeps streams over a crash, and leaves no process behind', async () => {
    // By default, a server with a busy disk answers before it has written. A kill would lose that entry.
    const server = keep(await redis({ config: { appendfsync: 'always' } }));
    const first = new Redis(server.url);
    await first.xgroup('CREATE', 'smoke', 'group', '0', 'MKSTREAM');
    const id = await first.xadd('smoke', '*', 'field', 'kept');
    first.disconnect();
    await server.kill();
    await server.restart();
    const second = new Redis(server.url);
    const read = await second.xreadgroup('GROUP', 'group', 'member', 'STREAMS', 'smoke', '>');
    second.disconnect();
    expect(read).toEqual([['smoke', [[id, ['field', 'kept']]]]]);
    await server.stop();
    expect(await processesOf(server)).toEqual([]);
  });

  it('speaks TLS to those who trust its certificate', async () => {
    const server = keep(await redis({ tls: true, config: { requirepass: 'a secret/1' } }));
    const client = new Redis(server.url, { tls: { ca: await readFile(server.caFile ?? '') } });
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('does not answer while it is paused', async () => {
    const server = keep(await redis());
    const client = new Redis(server.url, { commandTimeout: 200, maxRetriesPerRequest: 0 });
    await client.ping();
    await server.pause();
    await expect(client.ping()).rejects.toThrow('Command timed out');
    await server.resume();
    await expect.poll(() => client.ping().catch(() => 'still paused')).toBe('PONG');
    client.disconnect();
  });

  it('does not outlive the process that started it, nor do its data', async () => {
    const program = `const { redis } = await import('./tools/servers/index.mjs'); console.log((await redis()).folder); setInterval(() => {}, 9e5)`;
    const parent = start(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT });
    const [folder] = await parent.says(/^\/.*event-bus-redis-.*/);
    expect(existsSync(folder)).toBe(true);
    expect(await processesOf({ folder })).not.toEqual([]);
    await parent.stop('SIGKILL');
    await expect.poll(() => processesOf({ folder }), { timeout: 10_000 }).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('is one for all specs of a run', async () => {
    const [once, again] = await Promise.all([sharedServer('redis'), sharedServer('redis')]);
    expect(again).toBe(once);
  });
});

await requires('postgres', 'The PostgreSQL of the tests', () => {
  it('keeps rows over a crash, and leaves no process behind', { timeout: 60_000 }, async () => {
    const server = keep(await postgres());
    await query(server.url, `CREATE TABLE smoke AS SELECT 'kept' AS value`);
    await server.kill();
    await server.restart();
    expect(await query(server.url, 'SELECT value FROM smoke')).toEqual([{ value: 'kept' }]);
    await server.stop();
    expect(await processesOf(server)).toEqual([]);
  });
});

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows as readonly unknown[];
}

function client(brokers: readonly string[]): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
}

async function produce(brokers: readonly string[], topic: string, value: string): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = client(brokers).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value }] });
  await producer.disconnect();
}

async function consume(brokers: readonly string[], topic: string): Promise<string | undefined> {
  const consumer = client(brokers).consumer({ groupId: topic, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const value = await new Promise<string | undefined>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ message }) => {
          resolve(message.value?.toString());
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return value;
}

async function register(url: string, subject: string, schema: string): Promise<unknown> {
  const response = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return response.json();
}

/** The processes with the server's folder in their command line: the server and its guard. */
async function processesOf({ folder }: Pick<Server, 'folder'>): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}
