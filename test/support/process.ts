import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process under test, with its output. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The lines of standard output and standard error, in order. */
  readonly lines: readonly string[];
  /** The lines of standard output. */
  readonly output: readonly string[];
  /** Resolves with the first match in all lines. Rejects if the process ends without one, or after `withinMs`. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** The exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  /** Sends the signal (default SIGTERM) and resolves with the exit code or the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

const open = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of open) child.kill('SIGKILL');
});

/** Starts a program without the developer's event bus settings. */
export function start(
  command: string,
  args: readonly string[],
  { env = {}, cwd = ROOT, input }: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): RunningProcess {
  const child = spawn(command, args, {
    cwd,
    env: { ...cleanEnvironment(), NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  open.add(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const lines: string[] = [];
  const output: string[] = [];
  const watchers = new Set<(line: string) => void>();
  const closing = [child.stdout, child.stderr].map(
    (stream) =>
      new Promise<void>((resolve) => {
        createInterface({ input: stream })
          .on('line', (line) => {
            lines.push(line);
            if (stream === child.stdout) output.push(line);
            for (const watch of watchers) watch(line);
          })
          .once('close', resolve);
      }),
  );
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      open.delete(child);
      void Promise.all(closing).then(() => resolve(code ?? signal ?? 'unknown'));
    });
  });
  return {
    child,
    pid: child.pid ?? 0,
    lines,
    output,
    ended,
    says: (pattern, withinMs = 20_000) =>
      says(pattern, { lines, watchers, ended, withinMs, what: [command, ...args].join(' ') }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

function says(
  pattern: RegExp,
  {
    lines,
    watchers,
    ended,
    withinMs,
    what,
  }: {
    lines: readonly string[];
    watchers: Set<(line: string) => void>;
    ended: Promise<number | string>;
    withinMs: number;
    what: string;
  },
): Promise<RegExpExecArray> {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return Promise.resolve(match);
  }
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      finish();
      reject(new Error(`${what} ${why} ${String(pattern)}; it said:\n${lines.slice(-30).join('\n')}`));
    };
    const timer = setTimeout(() => fail(`did not say within ${withinMs} ms`), withinMs);
    const watch = (line: string) => {
      const match = pattern.exec(line);
      if (match === null) return;
      finish();
      resolve(match);
    };
    const finish = () => {
      clearTimeout(timer);
      watchers.delete(watch);
    };
    watchers.add(watch);
    void ended.then((code) => {
      if (watchers.has(watch)) fail(`ended with ${code} before it said`);
    });
  });
}

/** The environment of this process without the developer's event bus settings. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(EVENT_BUS_|EVENTS_|SERVICE_VARIANT|NODE_ENV|VITEST|NODE_OPTIONS)/.test(name),
  );
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
