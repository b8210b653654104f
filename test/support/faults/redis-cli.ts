import { execFileSync } from 'node:child_process';

/** Runs `redis-cli`, a client that is independent of ours, and returns its output. */
export function redisCli(port: number, ...command: readonly string[]): string {
  return execFileSync('redis-cli', ['-p', String(port), '--raw', ...command], {
    encoding: 'latin1',
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** The ids of the events in a stream. */
export function idsIn(port: number, topic: string): readonly string[] {
  const lines = redisCli(port, 'XRANGE', topic, '-', '+').split('\n');
  return lines.flatMap((line, n) => (line === 'id' ? [lines[n + 1] ?? ''] : []));
}
