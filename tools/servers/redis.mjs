import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { cached } from './cache.mjs';
import { certificates } from './certificates.mjs';
import { container, imageOf, pull, usesDocker } from './docker.mjs';
import { native } from './native.mjs';
import { freePort } from './ports.mjs';
import { onPath, run } from './programs.mjs';
import { server } from './server.mjs';

export async function redis({ appendonly = true, tls = false, config = {}, port: preferred } = {}) {
  await prepareRedis();
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-redis-'));
  const port = await freePort(preferred);
  const password = config.requirepass === undefined ? '' : `:${encodeURIComponent(config.requirepass)}@`;
  const url = `${tls ? 'rediss' : 'redis'}://${password}127.0.0.1:${port}`;
  const secure = tls === false ? undefined : await secured(tls === true ? {} : tls, folder);
  const settings = {
    appendonly: appendonly ? 'yes' : 'no',
    save: '',
    // Keeps the command line, so that the process can be found by its folder.
    'set-proc-title': 'no',
    'maxmemory-policy': 'noeviction',
    ...(secure === undefined ? { port } : { port: 0, 'tls-port': port, ...secure.settings }),
    ...config,
  };
  const running = await server({
    name: 'Redis',
    folder,
    process: (await usesDocker())
      ? await inContainer({ folder, port, settings })
      : native({
          command: await redisProgram(),
          args: line({ bind: '127.0.0.1', dir: folder, ...settings }),
          folder,
        }),
    isReady: () => ping(url, secure?.certificates),
  });
  return { url, ...(secure === undefined ? {} : { caFile: secure.caFile }), ...running };
}

export async function prepareRedis() {
  if (await usesDocker()) await pull(await imageOf('redis'));
  else await redisProgram();
}

export async function redisProgram() {
  const installed = onPath('redis-server');
  if (installed !== undefined) return installed;
  const folder = await cached('servers/redis', async (made) => {
    // Debian's package redis-server starts a service. The program is also in redis-tools, under the name of a check. It
    // chooses what to do by its file name.
    await symlink(await installTools(), join(made, 'redis-server'));
  });
  const linked = join(folder, 'redis-server');
  if (!existsSync(linked)) throw new Error(`${linked} leads nowhere any more: remove it and start again.`);
  return linked;
}

async function installTools() {
  const found = onPath('redis-check-rdb');
  if (found !== undefined) return found;
  const howTo =
    'install Redis 7, such as Debian’s redis-server or Homebrew’s redis, so that `redis-server` is on the PATH';
  if (onPath('apt-get') === undefined || process.getuid?.() !== 0)
    throw new Error(`There is no redis-server here: ${howTo}.`);
  const quietly = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await run('apt-get', ['update', '-qq'], quietly);
    await run(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'redis-tools'],
      quietly,
    );
  } catch (cause) {
    throw new Error(`There is no redis-server here, and its package cannot be installed: ${howTo}.`, { cause });
  }
  return onPath('redis-check-rdb');
}

async function secured(tls, folder) {
  const made = tls.certificates ?? (await certificates(join(folder, 'certificates')));
  // Redis in a container runs as another user.
  await Promise.all([folder, made.server.keyFile].map((path) => chmod(path, 0o755)));
  return {
    caFile: made.caFile,
    certificates: made,
    settings: {
      'tls-key-file': made.server.keyFile,
      'tls-cert-file': made.server.certFile,
      'tls-ca-cert-file': made.caFile,
      'tls-auth-clients': tls.isMutual === true ? 'yes' : 'no',
    },
  };
}

async function inContainer({ folder, port, settings }) {
  return container({
    name: basename(folder),
    image: await imageOf('redis'),
    options: ['--publish', `127.0.0.1:${port}:${port}`, '--volume', `${folder}:${folder}:ro`],
    command: ['redis-server', ...line({ bind: '0.0.0.0', 'protected-mode': 'no', ...settings })],
  });
}

const line = (settings) => Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);

async function ping(url, certificates) {
  const tls = certificates && {
    ca: await readFile(certificates.caFile),
    cert: await readFile(certificates.client.certFile),
    key: await readFile(certificates.client.keyFile),
  };
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    retryStrategy: () => null,
    tls,
  }).on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
