import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../openedx-events/python.mjs';
import { cached } from '../servers/cache.mjs';
import { run } from '../servers/programs.mjs';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** A Python with librdkafka, installed at the first use. It stays in the cache. */
export async function findPython() {
  const version = await run('python3', ['-I', '-c', 'import sys; print(sys.version)']);
  const key = createHash('sha256')
    .update(version)
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  return `${await cached(`python-${key}`, (folder) => installPackages(folder, REQUIREMENTS))}/bin/python`;
}
