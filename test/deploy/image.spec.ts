import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, PACKAGES } from '../packages/packed.js';
import { ROOT, start } from '../support/process.js';
import { type Built, buildStages } from './dockerfile.js';

const CONSUMER = `import { Controller, Module } from '@nestjs/common';
import { defineEvent, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';

const ORDER = defineEvent(
  '{"name":"CloudEvent","type":"record","namespace":"shop.order.v1","fields":[{"name":"sku","type":"string"}]}',
);
class Orders {
  handle() {}
}
Controller()(Orders);
OnEvent(ORDER)(Orders.prototype, 'handle', Object.getOwnPropertyDescriptor(Orders.prototype, 'handle'));
class App {}
Module({ imports: [EventBusModule.forRoot()], controllers: [Orders] })(App);
await runConsumer(App);
`;

describe('The Dockerfile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-image-'));
  let built: Built;
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  beforeAll(() => {
    const context = join(folder, 'shop');
    mkdirSync(join(context, 'src'), { recursive: true });
    const packed = PACKAGES.slice(0, 1).map(([name, path]) => [name, `file:${pack(path, folder).path}`] as const);
    const versions = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest).dependencies;
    writeFileSync(
      join(context, 'package.json'),
      JSON.stringify({
        name: 'shop',
        private: true,
        type: 'module',
        scripts: { build: 'mkdir -p dist && cp src/consumer.js dist/ && tsc --version' },
        dependencies: { ...versions, ...Object.fromEntries<string>(packed) },
        devDependencies: { typescript: '6.0.3' },
      }),
    );
    writeFileSync(join(context, 'src/consumer.js'), CONSUMER);
    writeFileSync(join(context, '.npmrc'), 'audit=false\nfund=false\nprefer-offline=true\n');
    execFileSync('npm', ['install', '--package-lock-only'], { cwd: context, stdio: 'pipe' });
    built = buildStages(join(ROOT, 'deploy/Dockerfile'), context, folder);
  }, 240_000);

  it('leaves the compiler and the sources out of the last stage', () => {
    expect(readdirSync(built.folder).sort()).toEqual(['dist', 'entry.js', 'node_modules', 'package.json']);
    expect(existsSync(join(built.folder, 'node_modules/typescript'))).toBe(false);
    expect(existsSync(join(built.folder, 'node_modules/nest-event-bus'))).toBe(true);
  });

  it('runs as a numbered user that is not root, in exec form', () => {
    expect(built.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(built.entrypoint).toEqual(['node', 'entry.js']);
    expect(built.env).toMatchObject({ NODE_ENV: 'production' });
  });

  it('starts a consumer that another user may only read, and that SIGTERM ends with 0', async () => {
    chmodSync(folder, 0o755);
    const data = mkdtempSync(join(tmpdir(), 'event-bus-image-data-'));
    chmodSync(data, 0o777);
    const [uid = '', gid = ''] = built.user.split(':');
    const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--'] : [];
    const consumed = ['--topic', 'orders', '--group', 'warehouse'];
    const [command = '', ...args]: readonly string[] = [...asUser, ...built.entrypoint, ...consumed];
    const env = { ...built.env, EVENT_BUS_HEALTH_PORT: '0', EVENT_BUS_EMBEDDED_PATH: join(data, 'bus.db') };
    const consumer = start(command, args, {
      cwd: built.folder,
      env: { ...env, EVENT_BUS_PRODUCER: 'embedded', EVENT_BUS_CONSUMER: 'embedded' },
    });
    try {
      await consumer.says(/Consuming:/, 25_000);
      await expect(consumer.stop()).resolves.toBe(0);
    } finally {
      consumer.child.kill('SIGKILL');
      rmSync(data, { recursive: true });
    }
  });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}
