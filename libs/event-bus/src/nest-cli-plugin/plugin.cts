import { subscribe } from 'node:diagnostics_channel';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { forwardedArguments, usesShell } from './start-arguments.cjs';
import { unknownProject } from './unknown-project.cjs';

export { forwardedArguments };

/** Leaves the compiled code unchanged. Nest accepts only plugins with a hook, but this plugin works by being loaded. */
export const before =
  () =>
  () =>
  <T,>(sourceFile: T): T =>
    sourceFile;

if (process.argv[2] === 'start') {
  const problem = unknownProject(process.argv);
  if (problem !== undefined) {
    console.error(problem);
    // What a plugin throws, Nest CLI 11 reports as "plugin is not installed".
    // eslint-disable-next-line no-restricted-properties
    process.exit(2);
  }
  const forwarded = forwardedArguments(process.argv);
  if (forwarded.length > 0) process.argv.push('--', ...forwarded);
  writeExactly(usesShell(process.argv) ? quotedForShell : verbatim);
  reportDeath();
}

/**
 * Passes the arguments after `--` in `process.argv` to the app unchanged.
 *
 * Nest calls `process.argv.slice(…).map((arg) => JSON.stringify(arg))`. This does not quote for a shell: the shell
 * still expands `$` and runs commands in backquotes. Without a shell, the app gets the quotation marks. So the array
 * that Nest gets has its own `map`, which writes the arguments correctly.
 */
function writeExactly(write: (token: string) => string): void {
  const { argv } = process;
  const first = argv.indexOf('--') + 1;
  if (first === 0) return;
  const slice = (start?: number, end?: number): string[] => {
    const part = Array.prototype.slice.call(argv, start, end) as string[];
    return start === first
      ? Object.defineProperty(part, 'map', { value: () => [...part].map((token) => write(token)) })
      : part;
  };
  Object.defineProperty(argv, 'slice', { value: slice });
}

function verbatim(token: string): string {
  return token;
}

function quotedForShell(token: string): string {
  if (process.platform === 'win32') return JSON.stringify(token);
  return /^[\w@%+=:,./-]+$/.test(token) ? token : `'${token.replaceAll("'", `'\\''`)}'`;
}

/**
 * Makes `nest start` end with 128 + the signal's number if a signal killed the app. Without this, Nest ends with 0, and
 * a process manager would take an app that ran out of memory for a finished one. If Nest itself received the signal and
 * passed it on, the end stays clean.
 */
function reportDeath(): void {
  subscribe('child_process', (message) => {
    const { process: app } = message as { readonly process: ChildProcess };
    app.once('exit', (_code, signal) => {
      if (signal === null || app.killed) return;
      process.once('exit', () => {
        process.exitCode = 128 + constants.signals[signal];
      });
    });
  });
}
