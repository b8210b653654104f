// npm run test:matrix [-- 11-cjs …]: tries the packed packages in projects of the Nest CLI, on each Node. A run of all
// projects writes docs/matrix.md.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format } from 'prettier';
import { redis } from '../servers/index.mjs';
import { projectTests, roundTrip } from './round-trip.mjs';
import { npm, scaffold } from './scaffold.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const NODES = [20, 22, 24, 26];
const PROJECTS = [
  { nest: 11, modules: 'cjs', ioredis: 5 },
  { nest: 11, modules: 'esm', ioredis: 6 },
  { nest: 12, modules: 'cjs', ioredis: 6 },
  { nest: 12, modules: 'esm', ioredis: 5 },
];
const JEST = 'node_modules/jest/bin/jest.js';
const VITEST = 'node_modules/vitest/vitest.mjs';

const only = process.argv.slice(2);
const chosen = PROJECTS.filter(({ nest, modules }) => only.length === 0 || only.includes(`${nest}-${modules}`));

const folder = await mkdtemp(join(tmpdir(), 'event-bus-matrix-'));
const server = await redis();
let failed = 0;
try {
  const nodes = await installNodes(join(folder, 'nodes'));
  const packages = pack(folder);
  const rows = [];
  for (const project of chosen) {
    console.log(`Nest ${project.nest}, ${project.modules}: installing …`);
    const shop = await scaffold({ folder: join(folder, `${project.nest}-${project.modules}`), packages, ...project });
    for (const node of nodes) rows.push(await row(project, shop, node));
  }
  if (chosen.length === PROJECTS.length) await writeFile(join(ROOT, 'docs/matrix.md'), await page(rows));
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
process.exitCode = failed === 0 ? 0 : 1;

async function row({ nest, modules }, shop, node) {
  const versions = createRequire(join(shop, 'package.json'));
  const version = (name) => versions(join(shop, 'node_modules', name, 'package.json')).version;
  const started = ['dist/consumer.js'];
  const embedded = { ...process.env, EVENT_BUS_EMBEDDED_PATH: join(shop, `bus-${node.version}`, 'events.db') };
  const onRedis = {
    ...process.env,
    EVENT_BUS_PRODUCER: 'redis',
    EVENT_BUS_CONSUMER: 'redis',
    EVENT_BUS_REDIS_CONNECTION_URL: server.url,
  };
  const script = modules === 'esm' ? [VITEST, 'run'] : nest === 11 ? [JEST] : ['--experimental-vm-modules', JEST];
  const cells = {
    Nest: version('@nestjs/core'),
    CLI: version('@nestjs/cli'),
    modules: modules === 'esm' ? 'ESM' : 'CommonJS',
    Node: node.version,
    embedded: await roundTrip({ node: node.path, shop, env: embedded, start: started }),
    [`Redis, ioredis`]: `${version('ioredis')}: ${await roundTrip({ node: node.path, shop, env: onRedis, start: started })}`,
    '`nest start consumer`': await roundTrip({
      node: node.path,
      shop,
      env: embedded,
      start: ['node_modules/@nestjs/cli/bin/nest.js', 'start', 'consumer'],
    }),
    tests: nest === 11 && modules === 'esm' ? '–' : await projectTests({ node: node.path, shop, script }),
  };
  console.log(Object.values(cells).join(' · '));
  failed += Object.values(cells).filter((cell) => cell.includes('\n')).length;
  return cells;
}

/** The newest of each line that the registry has, as packages of the binaries behind the package `node`. */
async function installNodes(into) {
  await mkdir(into, { recursive: true });
  await writeFile(join(into, 'package.json'), '{ "private": true }\n');
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  await npm(into, 'install', ...NODES.map((major) => `node-${major}@npm:${name}@${major}`));
  return NODES.map((major) => {
    const path = join(into, `node_modules/node-${major}/bin/node`);
    return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1) };
  });
}

function pack(into) {
  return Object.fromEntries(
    ['event-bus', 'openedx-events'].map((lib) => {
      const cwd = join(ROOT, 'libs', lib);
      const told = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], {
        cwd,
        encoding: 'utf8',
      });
      const [{ name, filename }] = Object.values(JSON.parse(told));
      return [name, `file:${join(into, filename)}`];
    }),
  );
}

async function page(rows) {
  const heads = Object.keys(rows[0]);
  const line = (cells) =>
    `| ${cells.map((cell) => cell.replaceAll('\n', ' ').slice(0, 200).replaceAll('|', '\\|')).join(' | ')} |`;
  const text = `# Tested combinations

<!-- Written by npm run test:matrix. -->

Each row is a project of the Nest CLI with the packed packages and \`nest add nest-event-bus\`. One process publishes an
event of the project over HTTP; another handles it. \`tests\` are those of the project, with Jest (CommonJS) or Vitest
(ESM); one of them publishes an event and waits for its handler.

${line(heads)}
${line(heads.map(() => '---'))}
${rows.map((row) => line(Object.values(row))).join('\n')}

- **Nest 12, CommonJS, tests:** Nest 12 has ES modules only. Jest can load them with \`require\` from Node 24.9 on.
- **Nest 11, ESM, tests:** its CLI sets up Jest for CommonJS only.
`;
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}
