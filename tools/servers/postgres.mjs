import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { native } from './native.mjs';
import { freePort } from './ports.mjs';
import { onPath, run } from './programs.mjs';
import { server } from './server.mjs';

/** The folder with Debian's programs for each version. */
const DEBIAN = '/usr/lib/postgresql';
/** The folder with Debian's configuration. It decides whether an installation creates and starts a database. */
const CREATE_CLUSTER = '/etc/postgresql-common/createcluster.d';

export async function postgres() {
  await preparePostgres();
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const [command, ...as] = [...(await unprivileged(folder)), program('postgres')];
  const [init, ...initAs] = [command, ...as].with(-1, program('initdb'));
  await run(init, [...initAs, '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], {
    cwd: folder,
  });
  // Without autovacuum, statistics do not change during a test, and query plans stay the same.
  const settings = ['listen_addresses=127.0.0.1', 'autovacuum=off'].flatMap((setting) => ['-c', setting]);
  const args = [...as, '-D', data, '-p', String(port), '-k', folder, ...settings];
  const running = await server({
    name: 'PostgreSQL',
    folder,
    // After SIGTERM it would wait until its clients have disconnected.
    process: native({ command, args, folder, stopSignal: 'SIGINT' }),
    isReady: () => ping(url),
  });
  return { url, ...running };
}

export async function preparePostgres() {
  if (program('initdb') !== undefined) return;
  const howTo = 'install PostgreSQL 15 or newer, so that `postgres` and `initdb` are on the PATH';
  if (onPath('apt-get') === undefined || process.getuid?.() !== 0)
    throw new Error(`There is no PostgreSQL here: ${howTo}.`);
  try {
    await mkdir(CREATE_CLUSTER, { recursive: true });
    await writeFile(join(CREATE_CLUSTER, 'event-bus.conf'), 'create_main_cluster = false\n');
    const quietly = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-qq'], quietly);
    const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
    await run('apt-get', ['install', ...options, 'postgresql'], quietly);
  } catch (cause) {
    throw new Error(`There is no PostgreSQL here, and its package cannot be installed: ${howTo}.`, { cause });
  }
}

/** The program on the PATH, otherwise Debian's newest. */
function program(name) {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one)) : [];
  return onPath(name) ?? versions.map((version) => join(DEBIAN, version, 'bin', name)).find(existsSync);
}

/** The command prefix to run as another user, because PostgreSQL refuses to run as root. */
async function unprivileged(folder) {
  if (process.getuid?.() !== 0) return [];
  await run('chown', ['nobody', folder]);
  return ['setpriv', '--reuid', 'nobody', '--clear-groups', '--'];
}

async function ping(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}
