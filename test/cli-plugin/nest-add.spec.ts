import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/process.js';
import { type FixtureProject, projectIn } from './fixture-project.js';

const BIN = join(ROOT, 'node_modules');
const LONG = { timeout: 240_000 };

describe('nest add nest-event-bus', () => {
  let folder = '';
  let project: FixtureProject;
  beforeEach(() => {
    folder = '';
  });
  afterEach(async () => {
    if (folder === '') return;
    await project.remove();
    rmSync(dirname(folder), { recursive: true });
  });

  it.each([
    ['ES modules', 'esm', false],
    ['CommonJS', 'cjs', false],
    ['a monorepo', 'esm', true],
  ] as const)('makes a consumer that nest start consumer starts, once: %s', LONG, async (_title, type, isMonorepo) => {
    folder = scaffold(type);
    project = projectIn(folder);
    // Jest is not installed here.
    await replace(project, folder, 'tsconfig.json', '"node", "jest"', '"node"');
    if (isMonorepo) {
      await succeeds(project, 'generate', 'app', 'admin');
      // rspack, the builder of monorepos, is not installed here.
      await replace(project, folder, 'nest-cli.json', '"builder": "rspack"', '"builder": "tsc"');
    }
    const isIn = isMonorepo ? ['--project', 'shop'] : [];
    await succeeds(project, 'add', 'nest-event-bus', '--skip-install', ...isIn);
    const added = filesOf(folder);
    expect(added[isMonorepo ? 'apps/shop/src/app.module.ts' : 'src/app.module.ts']).toContain(
      'imports: [EventBusModule.forRoot()]',
    );
    expect(JSON.parse(added['package.json'] ?? '')).toMatchObject({
      dependencies: { '@nestjs/microservices': '^12.0.0', 'class-validator': '^0.15.1' },
    });

    await succeeds(project, 'add', 'nest-event-bus', '--skip-install', '--project', isMonorepo ? 'shop' : 'consumer');
    expect(filesOf(folder)).toEqual(added);

    const consumer = project.nest('start', 'consumer', '--topic', 'order-placed', '--group', 'example');
    await consumer.printed(/Consuming: topic=order-placed group=example/);
    consumer.nest.kill('SIGTERM');
    expect(await consumer.ended).toEqual({ code: 0, signal: null });
  });

  it('nest generate adds events and handlers, and leaves files that exist', LONG, async () => {
    folder = scaffold('esm');
    project = projectIn(folder);
    await succeeds(project, 'add', 'nest-event-bus', '--skip-install');
    const generate = ['generate', '--collection', 'nest-event-bus', '--project', 'consumer'];
    await succeeds(project, ...generate, 'event', 'orderShipped');
    await project.write('src/order-shipped/order-shipped.event.ts', EVENT);
    await succeeds(project, ...generate, 'handler', 'order-shipped');
    const files = filesOf(folder);
    expect(files['src/order-shipped/order-shipped.event.ts']).toBe(EVENT);
    expect(files['src/consumer.module.ts']).toContain('controllers: [OrderShippedHandler, OrderPlacedHandler],');
    expect(files['src/order-shipped/order-shipped.handler.spec.ts']).toContain("describe('OrderShippedHandler'");
    await succeeds(project, 'build');
  });
});

const EVENT = `import { EventData, Field } from 'nest-event-bus';

@EventData('com.example.shop.order.shipped.v1')
export class OrderShipped {
  @Field('string')
  id!: string;
}
`;

/** A project as `nest new` makes it, below the repository, so that its packages resolve. */
function scaffold(type: 'esm' | 'cjs'): string {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const parent = mkdtempSync(join(ROOT, '.cache/nest-add-'));
  const schematics = join(BIN, '@angular-devkit/schematics-cli/bin/schematics.js');
  const options = ['--name=shop', `--type=${type}`, '--package-manager=npm', '--language=ts'];
  execFileSync(process.execPath, [schematics, '@nestjs/schematics:application', ...options], { cwd: parent });
  return join(parent, 'shop');
}

async function replace(project: FixtureProject, folder: string, file: string, old: string, by: string): Promise<void> {
  await project.write(file, readFileSync(join(folder, file), 'utf8').replace(old, by));
}

async function succeeds(project: FixtureProject, ...args: string[]): Promise<void> {
  const run = project.nest(...args);
  run.nest.stdin?.end();
  expect(await run.ended, run.output()).toEqual({ code: 0, signal: null });
  expect(run.output()).not.toContain('Which project');
}

/** The content of all files, but for what is built. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !/^(dist|\.event-bus)\//.test(file));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}
