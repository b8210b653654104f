import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILE = join('.event-bus', 'event-bus.db');

/**
 * Returns the default file of the embedded backend, so that the services of one repository share a bus. Its folder is
 * that of the nearest workspace root or Git root, from `folder` upwards; without one it is `folder`.
 */
export function defaultPath(folder: string = process.cwd()): string {
  return join(rootAbove(folder) ?? folder, FILE);
}

/** Creates the folder of the default file if it is missing. Git ignores the new folder: events are no sources. */
export function makeDefaultFolder(path: string): void {
  const folder = dirname(path);
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined)
      writeFileSync(join(folder, '.gitignore'), '*\n');
  } catch {
    // The backend checks the folder when it opens the file, and reports what is wrong.
  }
}

function rootAbove(folder: string): string | undefined {
  if (isRoot(folder)) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : rootAbove(parent);
}

/** A worktree of Git has a file `.git`, a repository a folder. */
function isRoot(folder: string): boolean {
  return ['.git', 'pnpm-workspace.yaml'].some((name) => existsSync(join(folder, name))) || hasWorkspaces(folder);
}

function hasWorkspaces(folder: string): boolean {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof content === 'object' && content !== null && 'workspaces' in content;
  } catch {
    // Missing, unreadable or damaged: this folder is no root, and this is not the place to report it.
    return false;
  }
}
