import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Observers } from '../core/notices/observers.js';
import { Health } from './health.js';
import { type HealthServer, healthServer } from './health-server.js';
import type { Pages } from './page-server.js';

describe('The server for probes', () => {
  let server: HealthServer | undefined;
  afterEach(() => server?.close());

  const serve = async (routes: Pages = {}, host = '127.0.0.1') => {
    const health = new Health({
      observers: new Observers(() => undefined),
      reachables: [],
      stuckAfterMs: 1_000,
      standsBy: false,
      isStarted: () => true,
      isStopping: () => false,
    });
    server = await healthServer(health, routes, { port: 0, host });
    return server.url;
  };

  it('answers 500 with the error of a page that fails', async () => {
    const url = await serve({ '/metrics': () => Promise.reject(new Error('no figures')) });
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([500, 'no figures\n']);
  });

  it('keeps answering after a client that sends nonsense, or goes away in the middle', async () => {
    const url = await serve();
    const { port } = new URL(url);
    for (const sent of ['nonsense\r\n\r\n', 'GET /live HT']) {
      const socket = connect(Number(port), '127.0.0.1');
      await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
      socket.destroy();
    }
    await expect(fetch(`${url}/live`)).resolves.toMatchObject({ status: 200 });
  });

  it('closes connections that are open', async () => {
    const { port } = new URL(await serve());
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await fetch(`http://127.0.0.1:${port}/live`);
    const closed = new Promise((resolve) => socket.once('close', resolve).resume());
    server?.close();
    await closed;
  });

  it('gives a URL that works for an address of IPv6 too', async () => {
    const url = await serve({}, '::1');
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    await expect(fetch(`${url}/ready`)).resolves.toMatchObject({ status: 200 });
  });
});
