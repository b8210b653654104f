import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process.js';

/** The names of the packages and their folders. */
export const PACKAGES = [
  ['nest-event-bus', join(ROOT, 'libs/event-bus')],
  ['openedx-events', join(ROOT, 'libs/openedx-events')],
] as const;

export interface Packed {
  /** Where the tarball is. */
  readonly path: string;
  readonly tarball: Uint8Array<ArrayBuffer>;
  /** The paths in it, relative to the package. */
  readonly files: readonly string[];
}

/** Packs a package as `npm publish` would, into `folder`. */
export function pack(packageFolder: string, folder: string): Packed {
  const told = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: packageFolder,
    encoding: 'utf8',
  });
  const [packed] = Object.values(
    JSON.parse(told) as Record<
      string,
      { readonly filename: string; readonly files: readonly { readonly path: string }[] }
    >,
  );
  if (packed === undefined) throw new Error(`npm pack says: ${told}`);
  const path = join(folder, packed.filename);
  return {
    path,
    tarball: new Uint8Array(readFileSync(path)),
    files: packed.files.map(({ path }) => path),
  };
}
