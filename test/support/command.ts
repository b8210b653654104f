import { mkdtempSync, openSync, createReadStream, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { main } from '../../libs/event-bus/dist/cli/main.js';
import { cleanEnvironment } from './process.js';

/** A run of the command `event-bus`, with its output. */
export interface RunningCommand {
  /** The lines of standard output and standard error, in order. */
  readonly lines: readonly string[];
  /** The lines of standard output. */
  readonly output: readonly string[];
  /** The exit code. */
  readonly ended: Promise<number | string>;
}

/** A command that takes longer than this, in ms, is given up. */
const LIMIT_MS = 60_000;

/** The end of the last command: they run one after another, because each has the process for itself. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command in this process, which saves the start of Node and of the packages. Its environment, standard
 * streams and exit code are its own. Signals and closed pipes need a process; see `Workbench.cliProcess`.
 */
export function runCommand(
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): RunningCommand {
  const lines: string[] = [];
  const output: string[] = [];
  const ended = last.then(async () => {
    const stdout = lineWriter((line) => void (lines.push(line), output.push(line)));
    const stderr = lineWriter((line) => void lines.push(line));
    const standIn = new StandIn(stdout, stderr, { ...cleanEnvironment(), NO_COLOR: '1', ...env }, input);
    try {
      return await withinLimit(main(args), args);
    } finally {
      standIn.restore();
      for (const stream of [stdout, stderr]) stream.end();
    }
  });
  last = ended.catch(() => undefined);
  return { lines, output, ended };
}

/** Replaces what a command has of its process, until `restore`. */
class StandIn {
  readonly #folder = mkdtempSync(join(tmpdir(), 'event-bus-input-'));
  readonly #env = process.env;
  readonly #exitCode = process.exitCode;
  readonly #streams = (['stdin', 'stdout', 'stderr'] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  );
  readonly #console = { log: console.log, error: console.error };

  constructor(stdout: Writable, stderr: Writable, env: Readonly<Record<string, string>>, input: string) {
    process.env = { ...env };
    process.exitCode = undefined;
    const file = join(this.#folder, 'input');
    writeFileSync(file, input);
    const streams = { stdin: createReadStream(file, { fd: openSync(file, 'r') }), stdout, stderr };
    for (const [name, value] of Object.entries(streams))
      Object.defineProperty(process, name, { value, configurable: true, enumerable: true, writable: true });
    const to =
      (stream: Writable) =>
      (...of: readonly unknown[]) =>
        void stream.write(`${of.map((each) => (typeof each === 'string' ? each : inspect(each))).join(' ')}\n`);
    // Vitest's console does not write to the streams of the process.
    Object.assign(console, { log: to(stdout), error: to(stderr) });
  }

  restore(): void {
    process.stdin.destroy();
    for (const [name, descriptor] of this.#streams)
      if (descriptor !== undefined) Object.defineProperty(process, name, descriptor);
    process.env = this.#env;
    process.exitCode = this.#exitCode;
    Object.assign(console, this.#console);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A stream that hands over complete lines, as they are written, and at the end the rest. */
function lineWriter(onLine: (line: string) => void): Writable {
  let rest = '';
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(onLine);
      done();
    },
    final(done) {
      if (rest !== '') onLine(rest);
      done();
    },
  });
}

function withinLimit(running: Promise<number>, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`event-bus ${args.join(' ')} did not end within ${LIMIT_MS} ms`)),
      LIMIT_MS,
    );
    running.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
