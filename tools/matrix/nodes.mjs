import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tool } from './managers.mjs';

/**
 * Installs the newest Node of a line from the registry: the binary of the package `node` for this platform. Returns its
 * path and version, or undefined if the registry has none.
 */
export async function installNode(cache, major) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const folder = await tool(cache, `node-${major}`, `node-binary@npm:node-${platform}-${process.arch}@${major}`);
    const path = join(folder, 'node-binary/bin/node');
    return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1) };
  } catch (error) {
    if (/ETARGET|E404/.test(error.stderr)) return undefined;
    throw error;
  }
}
