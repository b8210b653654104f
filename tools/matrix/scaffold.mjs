// Makes a project as a user does: the Nest CLI, the packed packages, `nest add`, and an HTTP route that publishes.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

/** What the matrix does not need of a new project: formatting, linting and hosting. */
const LEFT_OUT = /oxlint|eslint|prettier|globals|mau|coverage/;

/**
 * Returns the folder of a built project with one major version of Nest and its CLI. `packages` are the names of the
 * packed packages and their files.
 */
export async function scaffold({ folder, nest, modules, ioredis, packages }) {
  const cli = join(folder, 'cli');
  await mkdir(cli, { recursive: true });
  await writeFile(join(cli, 'package.json'), '{ "private": true }\n');
  await npm(cli, 'install', `@nestjs/cli@${nest}`, `@nestjs/schematics@${nest}`);
  // `nest new` asks for the module system; the schematic behind it takes it as an option. CLI 11 has only CommonJS.
  const schematics = join(cli, 'node_modules/@angular-devkit/schematics-cli/bin/schematics.js');
  const options = [
    '--name=shop',
    '--package-manager=npm',
    '--language=ts',
    ...(nest > 11 ? [`--type=${modules}`] : []),
  ];
  await node(
    folder,
    schematics,
    `${join(cli, 'node_modules/@nestjs/schematics/dist')}/collection.json:application`,
    ...options,
  );
  const shop = join(folder, 'shop');
  if (nest === 11 && modules === 'esm') await toEsm(shop);
  await changeJson(join(shop, 'package.json'), (json) => {
    json.devDependencies = Object.fromEntries(
      Object.entries(json.devDependencies).filter(([name]) => !LEFT_OUT.test(name)),
    );
    Object.assign(json.dependencies, packages, { ioredis: `^${ioredis}.0.0` });
  });
  await npm(shop, 'install');
  await node(shop, NEST, 'add', 'nest-event-bus', '--skip-install');
  await addRoute(shop, modules === 'esm' ? '.js' : '');
  await node(shop, NEST, 'build');
  return shop;
}

/** `POST /orders/:id` */
async function addRoute(shop, extension) {
  await writeFile(
    join(shop, 'src/app.controller.ts'),
    `import { Controller, Get, Param, Post } from '@nestjs/common';
import { EventBus } from 'nest-event-bus';
import { AppService } from './app.service${extension}';
import { OrderPlaced } from './order-placed/order-placed.event${extension}';

@Controller()
export class AppController {
  constructor(private readonly appService: AppService, private readonly bus: EventBus) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }

  @Post('orders/:id')
  async place(@Param('id') id: string): Promise<void> {
    await this.bus.publish(OrderPlaced, { id }, { topic: 'order-placed' });
  }
}
`,
  );
  const spec = join(shop, 'src/app.controller.spec.ts');
  const text = await readFile(spec, 'utf8');
  await writeFile(
    spec,
    `import { EventBus } from 'nest-event-bus';\n${text.replace('[AppService]', '[AppService, { provide: EventBus, useValue: {} }]')}`,
  );
}

/** Makes ES modules of a project of CLI 11. Its tests run with Jest, which is not set up for them: they stay out. */
async function toEsm(shop) {
  await changeJson(join(shop, 'package.json'), (json) => {
    json.type = 'module';
  });
  for (const file of await readdir(join(shop, 'src'))) {
    const path = join(shop, 'src', file);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(/(from '\.[^']*)'/g, "$1.js'"));
  }
}

async function changeJson(path, change) {
  const json = JSON.parse(await readFile(path, 'utf8'));
  change(json);
  await writeFile(path, `${JSON.stringify(json, null, 2)}\n`);
}

export function npm(cwd, ...args) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, maxBuffer: 2 ** 26 });
}

/** Ends standard input: a question of the Nest CLI then fails, and does not wait. */
async function node(cwd, ...args) {
  const running = run(process.execPath, args, { cwd, maxBuffer: 2 ** 26, env: { ...process.env, NODE_ENV: '' } });
  running.child.stdin.end();
  const { stdout, stderr } = await running;
  if (/error/i.test(stderr)) throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
}
