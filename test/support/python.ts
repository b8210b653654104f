import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { installPackages } from '../../tools/openedx-events/python.mjs';
import { ROOT } from './process.js';

const CACHE = process.env['EVENT_BUS_TEST_CACHE'] ?? join(ROOT, '.cache');

/**
 * A Python interpreter with the packages of Open edX, installed when it is first asked for; it stays in `.cache`, or in the folder that
 * EVENT_BUS_TEST_CACHE names. Rejects when there is no fitting Python or the packages cannot be had.
 */
export async function findPython(): Promise<string> {
  const version = await pythonVersion();
  const requirements = await readFile(join(ROOT, 'tools/openedx-events/requirements.txt'));
  const key = createHash('sha256').update(version).update(requirements).digest('hex').slice(0, 12);
  const folder = join(CACHE, `python-${key}`);
  if (!existsSync(folder)) await install(folder);
  return join(folder, 'bin/python');
}

/** What a script of test/interop/python prints when it gets the input as JSON. Rejects with what it said when it fails. */
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

/** Installs beside the folder first: a folder that exists is complete, also when several processes do this at once. */
async function install(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    await installPackages(made);
    await rename(made, folder);
  } catch (cause) {
    await rm(made, { recursive: true, force: true });
    if (existsSync(folder)) return;
    const said =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').at(-1) : undefined;
    throw new Error(`the packages cannot be installed: ${said ?? String(cause)}`, { cause });
  }
}
