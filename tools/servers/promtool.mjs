import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.mjs';
import { onPath, run } from './programs.mjs';

/** The path of promtool: the one on the PATH, else the one of Debian's package, unpacked into the cache. */
export async function promtool() {
  const installed = onPath('promtool');
  if (installed !== undefined) return installed;
  const folder = await cached('servers/promtool', unpack);
  return join(folder, 'usr/bin/promtool');
}

/** Unpacks the package in place of installing it: an installation would start Prometheus. */
async function unpack(folder) {
  const howTo = 'install Prometheus, such as Debian’s package prometheus, so that `promtool` is on the PATH';
  if (['apt-get', 'dpkg-deb'].some((command) => onPath(command) === undefined))
    throw new Error(`There is no promtool here: ${howTo}.`);
  try {
    await download(folder).catch(async () => {
      await run('apt-get', ['update', '-qq']);
      await download(folder);
    });
    const [archive] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', join(folder, archive), folder]);
  } catch (cause) {
    throw new Error(`There is no promtool here, and its package cannot be downloaded: ${howTo}.`, { cause });
  }
  if (!existsSync(join(folder, 'usr/bin/promtool')))
    throw new Error(`The package prometheus has no promtool: ${howTo}.`);
}

function download(folder) {
  return run('apt-get', ['download', '-qq', 'prometheus'], { cwd: folder });
}
