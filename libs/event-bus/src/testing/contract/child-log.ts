import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** One action of a process. */
export interface LogLine {
  /** The name of the process. */
  readonly by: string;
  readonly what: 'handled' | 'lost' | 'published' | 'ended';
  /** The id of the record. Empty for `ended`. */
  readonly id: string;
  /** In ms since 1970. */
  readonly at: number;
}

/**
 * Returns a function that appends one line at once. Lines of several processes do not mix, and survive a crash of the
 * process.
 */
export function openChildLog(path: string, by: string): (what: LogLine['what'], id: string) => void {
  const file = openSync(path, 'a');
  return (what, id) => writeSync(file, `${JSON.stringify({ by, what, id, at: Date.now() } satisfies LogLine)}\n`);
}

/** Returns a function that returns all lines written so far. */
export function followChildLog(path: string): () => readonly LogLine[] {
  const lines: LogLine[] = [];
  const chunk = Buffer.alloc(1 << 16);
  let offset = 0;
  let rest = '';
  return () => {
    const file = openSync(path, 'a+');
    try {
      for (let read; (read = readSync(file, chunk, 0, chunk.length, offset)) > 0; offset += read) {
        const whole = (rest + chunk.toString('latin1', 0, read)).split('\n');
        rest = whole.pop() ?? '';
        lines.push(...whole.map((line) => JSON.parse(line) as LogLine));
      }
    } finally {
      closeSync(file);
    }
    return lines;
  };
}
