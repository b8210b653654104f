// npm run test:matrix: tries the packed packages in projects of the Nest CLI. See --help.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { redis } from '../servers/index.mjs';
import { CACHE, ROOT } from '../servers/cache.mjs';
import { readArguments } from './arguments.mjs';
import { CELLS } from './cells.mjs';
import { MANAGERS } from './managers.mjs';
import { installNode } from './nodes.mjs';
import { resultsIn } from './results.mjs';
import { runCells } from './run.mjs';
import { scaffold } from './scaffold.mjs';
import { openCell } from './steps.mjs';
import { page } from './table.mjs';

// The processes of a cell end with this one.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const { text, code, cells, resume } = readArguments(process.argv.slice(2));
if (text === undefined) process.exitCode = await matrix();
else {
  (code === 0 ? console.log : console.error)(text);
  process.exitCode = code;
}

async function matrix() {
  const cache = join(CACHE, 'matrix');
  // Outside the repository, whose node_modules would hide a package that a project lacks.
  const work = join(tmpdir(), `event-bus-matrix-${hash(ROOT)}`);
  alone(work);
  await mkdir(work, { recursive: true });
  const { packages, build } = await pack(work);
  const results = resultsIn(join(cache, 'results'), build);
  const server = await redis();
  const made = new Map();
  const once = (key, make) => made.get(key) ?? made.set(key, make()).get(key);

  async function open(cell) {
    const node = await once(`node${cell.node}`, () => installNode(cache, cell.node));
    if (node === undefined) return { missing: `The registry has no Node ${cell.node}.` };
    const manager = await once(cell.manager, () => MANAGERS[cell.manager](cache));
    const folder = join(work, cell.project);
    await once(cell.project, () => install(folder, { ...cell, packages, manager }, build));
    return openCell(cell, { folder, manager, node, redisUrl: server.url });
  }

  try {
    const failed = await runCells({ cells, results, resume, open, log: console.log });
    const rows = await Promise.all(CELLS.map(async (cell) => ({ cell, result: await results.read(cell) })));
    const missing = rows.filter(({ result }) => result === undefined).length;
    if (missing === 0) await writeFile(join(ROOT, 'docs/matrix.md'), await page(rows));
    console.log(missing === 0 ? 'Wrote docs/matrix.md.' : `${missing} cells have no result yet; docs/matrix.md stays.`);
    console.log(`${cells.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

/** Installs a project, unless `--resume` finds it installed with this build. */
async function install(folder, options, build) {
  const done = join(folder, '.matrix-build');
  if (resume && (await readFile(done, 'utf8').catch(() => '')) === build) return;
  console.log(`${options.project}: installing`);
  await scaffold({ folder, ...options });
  await writeFile(done, build);
}

/** Packs as `npm publish` would. `build` changes with the content of the packages. */
async function pack(work) {
  const into = join(work, 'packages');
  await rm(into, { recursive: true, force: true });
  await mkdir(into);
  const packed = ['event-bus', 'openedx-events'].map((lib) => {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
    const told = execFileSync('npm', args, { cwd: join(ROOT, 'libs', lib), encoding: 'utf8' });
    return Object.values(JSON.parse(told))[0];
  });
  const build = hash(packed.map(({ shasum }) => shasum).join());
  // The name has the build, because package managers cache tarballs by name.
  const packages = packed.map(({ name, filename }) => [name, `file:${join(into, filename)}`]);
  return { packages: Object.fromEntries(packages), build };
}

function alone(folder) {
  for (let above = dirname(folder); ; above = dirname(above)) {
    for (const name of ['node_modules', 'package.json', '.pnp.cjs'])
      if (existsSync(join(above, name)))
        throw new Error(`${join(above, name)} would reach the projects in ${folder}. Set TMPDIR to another folder.`);
    if (above === dirname(above)) return;
  }
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
