import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cached } from './cache.mjs';
import { container, imageOf, pull, usesDocker } from './docker.mjs';
import { javaOptions, checkJava, unpack } from './java.mjs';
import { native } from './native.mjs';
import { freePort } from './ports.mjs';
import { server } from './server.mjs';

const RELEASE = '3.0.9';

export async function registry({ port: preferred } = {}) {
  await prepareRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-registry-'));
  const port = await freePort(preferred);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const running = await server({
    name: `Apicurio Registry ${RELEASE}`,
    folder,
    process: (await usesDocker()) ? await inContainer({ folder, port }) : await onThisMachine({ folder, port }),
    isReady: async () => {
      await call(`${url}/subjects`);
    },
  });
  await call(`${url}/config`, 'PUT', { compatibility: 'BACKWARD' });
  return { url, ...running };
}

export async function prepareRegistry() {
  if (await usesDocker()) await pull(await imageOf('registry'));
  else await program();
}

async function program() {
  await checkJava();
  const archive = `io.apicurio:apicurio-registry-app:${RELEASE}:tar.gz:all`;
  return cached(`servers/apicurio-registry-${RELEASE}`, (folder) => unpack(archive, folder));
}

function settings(data) {
  return {
    APICURIO_STORAGE_KIND: 'sql',
    APICURIO_STORAGE_SQL_KIND: 'h2',
    APICURIO_DATASOURCE_URL: `jdbc:h2:file:${data}/registry`,
    // As in Confluent's registry, another spelling of a schema is the same schema.
    APICURIO_CCOMPAT_USE_CANONICAL_HASH: 'true',
  };
}

async function onThisMachine({ folder, port }) {
  const jar = join(await program(), `apicurio-registry-app-${RELEASE}-runner.jar`);
  return native({
    command: 'java',
    args: ['-Xmx256m', ...javaOptions(folder), '-jar', jar],
    env: { ...settings(folder), QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port) },
    folder,
  });
}

async function inContainer({ folder, port }) {
  const env = Object.entries({ ...settings('/tmp'), JAVA_OPTS_APPEND: '-Xmx256m' });
  return container({
    name: basename(folder),
    image: await imageOf('registry'),
    options: ['--publish', `127.0.0.1:${port}:8080`, ...env.flatMap(([name, value]) => ['--env', `${name}=${value}`])],
  });
}

async function call(url, method = 'GET', body) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
}
