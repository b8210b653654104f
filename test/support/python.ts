import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { installPackages } from '../../tools/openedx-events/python.mjs';
import { cached } from '../../tools/servers/cache.mjs';
import { ROOT } from './process.js';

/**
 * Finds a Python interpreter with the packages of a requirements file, by default those for Open edX events. They are
 * installed at the first use and stay in the cache. Rejects if there is no suitable Python, or no package index.
 */
export async function findPython(file = 'tools/openedx-events/requirements.txt'): Promise<string> {
  const version = await pythonVersion();
  const requirements = join(ROOT, file);
  const key = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const folder = await cached(`python-${key}`, (made) => install(made, requirements));
  return join(folder, 'bin/python');
}

/**
 * Runs a script of test/interop/python with `input` as JSON. Resolves with its output. Rejects with its error output if
 * it fails.
 */
export async function runPython(python: string, script: string, input: unknown): Promise<string> {
  const child = spawn(python, ['-I', '-X', 'utf8', join(ROOT, 'test/interop/python', script)]);
  child.stdin.end(JSON.stringify(input));
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}:\n${errors}`);
  return output;
}

async function pythonVersion(): Promise<string> {
  const program = 'import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))';
  try {
    return (await promisify(execFile)('python3', ['-I', '-c', program])).stdout;
  } catch (cause) {
    throw new Error('there is no python3, or it is older', { cause });
  }
}

async function install(folder: string, requirements: string): Promise<void> {
  try {
    await installPackages(folder, requirements);
  } catch (cause) {
    const said =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').at(-1) : undefined;
    throw new Error(`the packages cannot be installed: ${said ?? String(cause)}`, { cause });
  }
}
