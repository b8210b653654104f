import { createServer, connect as connectTo, type Socket } from 'node:net';
import { checkHistory, until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { ids, type RedisBench, redisBench } from './redis-bench.js';

const LONG = { timeout: 120_000 };

await requires('redis', 'Redis: a server that goes away', (address) => {
  let bench: RedisBench;
  const clearing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await bench.clear();
    for (const clear of clearing.splice(0)) await clear();
  });

  it('a crash and a restart of the server lose nothing and need nobody', LONG, async () => {
    const server = await redis({ config: { appendfsync: 'always' } });
    clearing.push(() => server.clear());
    bench = redisBench(server.url);
    const member = bench.member('one');
    const published: string[] = [];
    for (const round of [1, 2, 3]) {
      for (const id of ids(200, `${round}-`)) {
        await bench.publish([id]).then(
          () => published.push(id),
          () => undefined,
        );
        if (id === `${round}-100`) {
          await server.kill();
          await server.restart();
        }
      }
    }
    await until(() => published.every((id) => member.handled.includes(id)), {
      withinMs: 30_000,
      what: () => `all ${published.length} events; ${member.handled.length} were handled`,
    });
    expect(published.length).toBeGreaterThan(500);
    const numbered = published.map((id, seq) => ({ id, key: 'k', seq }));
    expect(checkHistory(numbered, member.handled).outOfOrder).toEqual([]);
  });

  it('a connection whose other end is silent is given up and made again', LONG, async () => {
    const url = new URL(await address());
    const proxy = await silenceable(Number(url.port), url.hostname);
    clearing.push(() => proxy.close());
    bench = redisBench(`redis://127.0.0.1:${proxy.port}`, { answerMs: 1_000 });
    const member = bench.member('one');
    await bench.publish(ids(10));
    await until(() => member.handled.length === 10, { withinMs: 5_000, what: 'ten events' });
    proxy.silence();
    const direct = redisBench(url.toString());
    try {
      await direct.backend.publish(
        ids(10, 'late-').map((id) => ({ topic: bench.topic, key: null, value: Buffer.from(id), headers: [] })),
      );
    } finally {
      await direct.clear();
    }
    await until(() => member.handled.includes('late-10'), { withinMs: 20_000, what: 'what came during the silence' });
    expect(member.failures.length).toBeGreaterThan(0);
  });

  it('an idle member waits without an error, also longer than the client waits for answers', LONG, async () => {
    bench = redisBench(await address(), { answerMs: 300, pollTimeoutMs: 3_000 });
    const member = bench.member('one');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await bench.publish(['1']);
    await until(() => member.handled.length === 1, { withinMs: 2_000, what: 'the event' });
    expect(member.failures).toEqual([]);
    expect(bench.reports.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

/** A proxy that can silence its current connections in both directions without closing them. Later connections work. */
async function silenceable(port: number, host: string) {
  let sockets: Socket[] = [];
  const all: Socket[] = [];
  const server = createServer((near) => {
    const far = connectTo(port, host);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      sockets.push(socket);
      all.push(socket);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The proxy has no address.');
  return {
    port: at.port,
    silence() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
      sockets = [];
    },
    async close() {
      server.close();
      for (const socket of all) socket.destroy();
      await Promise.resolve();
    },
  };
}
