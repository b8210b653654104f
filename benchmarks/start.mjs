// Measures the time from the start of a consumer process on the embedded backend until it consumes. BENCH_CONSUMER names
// the main file of another project, such as one in which the packed package is installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addRow } from './results.mjs';
import { median, ROUNDS } from './rounds.mjs';

const CONSUMER =
  process.env['BENCH_CONSUMER'] ?? fileURLToPath(new URL('../dist/examples/shop/consumer.js', import.meta.url));

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const found = [];
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const seconds = await secondsUntilReady(join(folder, `${round}.db`));
      // The first round reads the files from the disk.
      if (round > 0) found.push(seconds);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const ratio = median(found);
  const all = found.map((seconds) => seconds.toFixed(2)).join(', ');
  addRow({
    work: 'embedded, start of the process until the consumer is ready',
    ours: `${all} s`,
    result: `${ratio.toFixed(2)} s`,
    ratio,
    goal: '<= 2',
  });
}

async function secondsUntilReady(path) {
  const startedAt = performance.now();
  const consumer = spawn(process.execPath, [CONSUMER, '--topic', 'orders', '--group', 'bench'], {
    env: { ...process.env, EVENT_BUS_EMBEDDED_PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(consumer, 'exit');
  for await (const line of createInterface({ input: consumer.stdout })) if (line.includes('Consuming:')) break;
  const seconds = (performance.now() - startedAt) / 1000;
  if (consumer.exitCode !== null) throw new Error(`The consumer ended with ${consumer.exitCode}.`);
  consumer.stdout.resume();
  consumer.kill('SIGTERM');
  await ended;
  return seconds;
}
