import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const INTROSPECT = fileURLToPath(new URL('introspect.py', import.meta.url));

/**
 * Creates a virtual environment in the folder with only the packages of a requirements file. Resolves with its
 * interpreter.
 */
export async function installPackages(folder, requirements = REQUIREMENTS) {
  await run('python3', ['-m', 'venv', folder]);
  const python = `${folder}/bin/python`;
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements]);
  await run(python, ['-m', 'pip', 'check']);
  return python;
}

/** Reads the catalog from the package that this interpreter has installed. */
export async function introspect(python) {
  const { stdout } = await run(python, ['-I', INTROSPECT], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}
