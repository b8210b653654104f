import { subscribe } from 'node:diagnostics_channel';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { forwardedArguments, usesShell } from './start-arguments.cjs';
import { unknownProject } from './unknown-project.cjs';

export { forwardedArguments };

/** Leaves the compiled code as it is: Nest accepts no plugin without a hook, and this one works by being loaded. */
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
 * Lets what stands behind `--` in `process.argv` reach the app exactly as it stands there.
 *
 * Nest takes `process.argv.slice(…).map((arg) => JSON.stringify(arg))`. That is no quoting for a shell, which still expands `$`
 * and runs what stands between backquotes, and without a shell the quotation marks reach the app; so that one list writes its
 * arguments itself.
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
 * Ends `nest start` with 128 + the signal's number when a signal killed the app. By itself Nest would end with 0,
 * and whoever restarts failed processes would take an app that was killed for want of memory for one that had finished.
 * A signal that was sent to Nest, and that Nest passed on, stays a clean end.
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
