import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Starts a Node program. `onLine` gets each line of its standard output.
 *
 * `says(pattern)` resolves with the match when a line matches, and rejects if the program ends before. `stop()` sends
 * SIGTERM and resolves when the program has ended; it rejects if the exit code is not 0.
 */
export function start(name, args, { env, onLine = () => undefined }) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen = [];
  const waiting = new Set();
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    onLine(line);
    seen.push(line);
    for (const check of waiting) check(line);
  });
  return {
    kill: () => child.kill('SIGKILL'),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const found = seen.map((line) => pattern.exec(line)).find(Boolean);
        if (found) return resolve(found);
        const check = (line) => {
          const match = pattern.exec(line);
          if (match === null) return;
          waiting.delete(check);
          resolve(match);
        };
        waiting.add(check);
        void ended.then((code) => reject(new Error(`${name} ended (${code}) before it said ${pattern}.`)));
      }),
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`${name} ended with ${code} after SIGTERM.`);
    },
  };
}
