import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The results of a folder, one file a cell. `build` identifies the packed packages: results of other builds count as
 * missing.
 */
export function resultsIn(folder, build) {
  const fileOf = ({ name }) => join(folder, `${name}.json`);
  return {
    async read(cell) {
      const result = parsed(await readFile(fileOf(cell), 'utf8').catch(() => ''));
      return result?.build === build ? result : undefined;
    },
    async write(cell, result) {
      await mkdir(folder, { recursive: true });
      // A run that is killed here leaves no half file.
      await writeFile(`${fileOf(cell)}.new`, JSON.stringify({ ...result, build }, null, 2));
      await rename(`${fileOf(cell)}.new`, fileOf(cell));
    },
    async remove(cell) {
      await rm(fileOf(cell), { force: true });
    },
  };
}

/** Whether nothing is to be done again. */
export function isGood(result) {
  return result !== undefined && Object.values(result.steps).every(({ state }) => state !== 'failed');
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
