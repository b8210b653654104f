import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../process.js';
import type { Arena } from './arena.js';

/** An app of test/apps that publishes or handles hundreds of thousands of numbered events. */
export interface Flood extends RunningProcess {
  /** How often the app saw each number. Call it after the app has ended. */
  seen(): Uint8Array;
}

export function flood(
  { bench }: Arena,
  app: 'flood-consumer' | 'flood-publisher',
  env: Readonly<Record<string, string>>,
): Flood {
  const seen = join(bench.folder, `${app}.seen`);
  const child = bench.consumer(app, {
    env: { NODE_OPTIONS: '--expose-gc', TOPIC: bench.topic, SEEN: seen, ...env },
  });
  return { ...child, seen: () => readFileSync(seen) };
}

/** The memory of the process after a garbage collection, and the number of events seen by then. */
export interface Sample {
  readonly bytes: number;
  readonly count: number;
}

export function memoryOf({ output }: Flood): readonly Sample[] {
  return output.flatMap((line) => {
    const [, bytes, count] = /^RSS (\d+) AT (\d+)$/.exec(line) ?? [];
    return bytes === undefined ? [] : [{ bytes: Number(bytes), count: Number(count) }];
  });
}

/** The numbers confirmed but never handled, and those handled more than once. */
export function comparison(
  publisher: Flood,
  consumer: Flood,
): { readonly missing: number; readonly duplicates: number } {
  const handled = consumer.seen();
  let missing = 0;
  for (const [n, times] of publisher.seen().entries()) if (times > 0 && !handled[n]) missing += 1;
  return { missing, duplicates: handled.reduce((sum, times) => sum + Math.max(0, times - 1), 0) };
}
