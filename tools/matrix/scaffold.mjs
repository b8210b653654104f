// Makes a project as a user does: the Nest CLI, the packed packages, `nest add`, and an HTTP route that publishes.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm, run } from './managers.mjs';
import { APP_CONTROLLER, E2E_TEST, VITEST_CONFIG } from './sources.mjs';

/** What the matrix does not need of a new project: formatting, linting and hosting. */
const LEFT_OUT = /oxlint|eslint|prettier|globals|mau|coverage/;
const JEST = /jest|ts-node|ts-loader|tsconfig-paths/;
/** Vitest as CLI 12 sets it up. CLI 11 has no ES modules. */
const VITEST = { vitest: '^4.1.2', 'vite-tsconfig-paths': '^5.1.4' };
/**
 * Peers of `vite-tsconfig-paths` and `ts-jest` that the Nest CLI leaves out. With Plug'n'Play no copy of another package
 * is found.
 */
const LISTED_WITH_YARN = { esm: { vite: '^8.0.0' }, cjs: { 'jest-util': '^30.0.0' } };

/**
 * Makes a built project in `folder`. `packages` are the names of the packed packages and their files, `manager` is one
 * of `MANAGERS`.
 */
export async function scaffold({ folder, nest, modules, ioredis, packages, manager }) {
  await rm(folder, { recursive: true, force: true });
  const generated = await generate(`${folder}-cli`, nest, modules);
  await cp(generated, folder, { recursive: true });
  await rm(`${folder}-cli`, { recursive: true });
  const toEsm = nest === 11 && modules === 'esm';
  if (toEsm) await makeEsm(folder);
  await changeJson(join(folder, 'package.json'), (json) => {
    const left = Object.entries(json.devDependencies).filter(
      ([name]) => !LEFT_OUT.test(name) && !(toEsm && JEST.test(name)),
    );
    json.devDependencies = {
      ...Object.fromEntries(left),
      ...(toEsm ? VITEST : {}),
      ...(manager.name === 'yarn' ? LISTED_WITH_YARN[modules] : {}),
    };
    Object.assign(json.dependencies, packages, { ioredis: `^${ioredis}.0.0` });
  });
  await manager.prepare(folder);
  await manager.install(folder);
  await nestIn(folder, manager, 'add', 'nest-event-bus', '--skip-install');
  // Installs what `nest add` has written to package.json.
  await manager.install(folder);
  await addRoute(folder, modules === 'esm' ? '.js' : '');
  await nestIn(folder, manager, 'build');
}

/** Generates a project with a CLI of its own. Returns its folder. */
async function generate(folder, nest, modules) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await npm(folder, 'install', `@nestjs/cli@${nest}`, `@nestjs/schematics@${nest}`);
  // `nest new` asks for the module system; the schematic behind it takes it as an option. CLI 11 has only CommonJS.
  const schematics = 'node_modules/@angular-devkit/schematics-cli/bin/schematics.js';
  // By its path, because a package of that name above the folder would win. A path alone would be a dry run.
  const collection = join(folder, 'node_modules/@nestjs/schematics/dist/collection.json');
  const type = nest > 11 ? [`--type=${modules}`] : [];
  const options = ['--no-dry-run', '--name=shop', '--package-manager=npm', '--language=ts', ...type];
  await run(folder, [process.execPath, schematics, `${collection}:application`, ...options]);
  return join(folder, 'shop');
}

async function nestIn(folder, manager, ...args) {
  const options = await manager.nodeOptions(folder, process.execPath);
  const bin = await manager.bin(folder, 'nest');
  await run(folder, [process.execPath, bin, ...args], { NODE_OPTIONS: options });
}

/** `POST /orders/:id`, and an end-to-end test of it. */
async function addRoute(folder, extension) {
  await writeFile(join(folder, 'src/app.controller.ts'), APP_CONTROLLER(extension));
  await writeFile(join(folder, 'test/orders.e2e-spec.ts'), E2E_TEST(extension));
  await change(join(folder, 'src/app.controller.spec.ts'), (text) =>
    `import { EventBus } from 'nest-event-bus';\n${text}`.replace(
      '[AppService]',
      '[AppService, { provide: EventBus, useValue: {} }]',
    ),
  );
}

async function makeEsm(folder) {
  await changeJson(join(folder, 'package.json'), (json) => {
    json.type = 'module';
    delete json.jest;
  });
  await changeJson(join(folder, 'tsconfig.json'), ({ compilerOptions }) => {
    compilerOptions.types = ['vitest/globals', 'node'];
  });
  await changeJson(join(folder, 'tsconfig.build.json'), (json) => {
    json.include = ['src'];
  });
  for (const part of ['src', 'test'])
    for (const file of await readdir(join(folder, part)))
      if (file.endsWith('.ts'))
        await change(join(folder, part, file), (text) =>
          text.replaceAll(/(from '(?:\.|supertest\/)[^']*)'/g, "$1.js'"),
        );
  await writeFile(join(folder, 'vitest.config.ts'), VITEST_CONFIG('**/*.spec.ts'));
  await writeFile(join(folder, 'vitest.config.e2e.ts'), VITEST_CONFIG('**/*.e2e-spec.ts'));
}

async function changeJson(path, mutate) {
  await change(path, (text) => {
    const json = JSON.parse(text);
    mutate(json);
    return `${JSON.stringify(json, null, 2)}\n`;
  });
}

async function change(path, edit) {
  await writeFile(path, edit(await readFile(path, 'utf8')));
}
