import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a program. Resolves with its output, rejects with its error output. */
export async function run(command, args, options = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { maxBuffer: 16 * 1024 * 1024, ...options });
    return stdout + stderr;
  } catch (cause) {
    const said = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trim().split('\n').slice(-10).join('\n');
    throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed: ${said === '' ? cause.message : said}`, {
      cause,
    });
  }
}

/** The path of a program on the PATH, or undefined. */
export function onPath(command) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
