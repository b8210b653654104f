// One event: published over HTTP by one process, handled by another.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 120_000;

/** Returns `passes`, or what went wrong. `env` names the backend. */
export async function roundTrip({ node, shop, env, start }) {
  const id = `order-${process.hrtime.bigint()}`;
  const port = await freePort();
  const web = follow(spawn(node, ['dist/main.js'], { cwd: shop, env: { ...env, PORT: `${port}` } }));
  const args = ['--topic', 'order-placed', '--group', id, '--from', 'earliest'];
  const consumer = follow(spawn(node, [...start, ...args], { cwd: shop, env }));
  try {
    // Nest says that it has started before it listens.
    await answers(`http://127.0.0.1:${port}/`);
    await consumer.said('Consuming: topic=order-placed');
    const answer = await fetch(`http://127.0.0.1:${port}/orders/${id}`, { method: 'POST' });
    if (!answer.ok) return `HTTP ${answer.status}`;
    await consumer.said(`OrderPlaced ${id}`);
    const warning = /\(node:\d+\) (?!.*punycode).*/.exec(web.text() + consumer.text());
    return warning === null ? 'passes' : `passes, with ${warning[0]}`;
  } catch (error) {
    return error.message;
  } finally {
    await Promise.all([web.stop(), consumer.stop()]);
  }
}

async function answers(url) {
  const timeout = AbortSignal.timeout(LIMIT_MS);
  for (;;) {
    try {
      return await fetch(url, { signal: timeout });
    } catch (error) {
      if (timeout.aborted) throw new Error(`Waited for an answer of ${url}: ${error.message}`, { cause: error });
      await pause(100);
    }
  }
}

/** Runs the project's tests, with the script of its package.json. */
export function projectTests({ node, shop, script }) {
  const [program, ...args] = script;
  return new Promise((resolve) => {
    const options = { cwd: shop, timeout: LIMIT_MS, maxBuffer: 2 ** 26, env: { ...process.env, NODE_ENV: 'test' } };
    execFile(node, [program, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve('passes');
      else
        resolve(
          /Must use import to load ES Module: \S*@nestjs/.test(stderr) ? 'Nest needs Node 24.9' : stdout + stderr,
        );
    });
  });
}

function follow(child) {
  let text = '';
  const seen = new EventTarget();
  const heard = () => seen.dispatchEvent(new Event('heard'));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      heard();
    });
  const gone = once(child, 'exit').then(heard);
  return {
    text: () => text,
    async said(words) {
      const timeout = AbortSignal.timeout(LIMIT_MS);
      while (!text.includes(words)) {
        if (child.exitCode !== null || timeout.aborted) throw new Error(`Waited for "${words}" in:\n${text}`);
        await Promise.race([once(seen, 'heard', { signal: timeout }).catch(() => {}), gone]);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
