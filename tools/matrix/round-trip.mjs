// One event: published over HTTP by one process, handled by another.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 120_000;

const open = new Set();
process.once('exit', () => {
  for (const child of open) child.kill('SIGKILL');
});

/** Rejects if the event does not arrive. Resolves with a note if Node warned. `env` names the backend. */
export async function roundTrip({ node, folder, env, start }) {
  const id = `order-${process.hrtime.bigint()}`;
  const args = ['--topic', 'order-placed', '--group', id, '--from', 'earliest'];
  const processes = [follow(spawn(node, [...start, ...args], { cwd: folder, env }))];
  const [consumer] = processes;
  try {
    // First, because `nest start` empties dist.
    await consumer.said('Consuming: topic=order-placed');
    const port = await freePort();
    const web = follow(spawn(node, ['dist/main.js'], { cwd: folder, env: { ...env, PORT: `${port}` } }));
    processes.push(web);
    // Nest says that it has started before it listens.
    await answers(`http://127.0.0.1:${port}/`, web);
    const answer = await fetch(`http://127.0.0.1:${port}/orders/${id}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`POST /orders answers ${answer.status}:\n${web.text()}`);
    await consumer.said(`OrderPlaced ${id}`);
    const warning = /\(node:\d+\) (?!.*punycode).*/.exec(web.text() + consumer.text());
    return warning === null ? undefined : `Node warns: ${warning[0].replace(/^.*?\) /, '')}`;
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
  }
}

async function answers(url, web) {
  const timeout = AbortSignal.timeout(LIMIT_MS);
  for (;;) {
    try {
      return await fetch(url, { signal: timeout });
    } catch (error) {
      if (timeout.aborted || web.hasEnded())
        throw new Error(`Waited for an answer of ${url}: ${error.message}\n${web.text()}`, { cause: error });
      await pause(100);
    }
  }
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
  open.add(child);
  const gone = once(child, 'exit').then(() => {
    open.delete(child);
    heard();
  });
  return {
    text: () => text,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async said(words) {
      const timeout = AbortSignal.timeout(LIMIT_MS);
      while (!text.includes(words)) {
        if (child.exitCode !== null || timeout.aborted) throw new Error(`Waited for "${words}" in:\n${text}`);
        await Promise.race([once(seen, 'heard', { signal: timeout }).catch(() => {}), gone]);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const killed = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      await gone;
      clearTimeout(killed);
      if (child.signalCode === 'SIGKILL') throw new Error(`Does not end after SIGTERM:\n${text}`);
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
