// npm, pnpm and yarn, each as its users call it. pnpm and yarn come from their npm packages.
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/** What a project installs with; `bin` is the path of a package's command, for `node`. */
export const MANAGERS = {
  npm: async () => ({
    name: 'npm',
    version: execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim(),
    prepare: () => {},
    install: (cwd) => npm(cwd, 'install'),
    exec: ['npm', 'exec', '--offline', '--'],
    nodeOptions: () => '',
    bin: binInNodeModules,
  }),

  pnpm: async (cache) => {
    const pnpm = join(await tool(cache, 'pnpm', 'pnpm@12'), 'pnpm/pnpm');
    const env = { npm_config_store_dir: join(cache, 'pnpm-store') };
    return {
      name: 'pnpm',
      version: (await run(cache, [pnpm, '--version'])).trim(),
      // Jest depends on a package with a build script. pnpm asks its user about it, and fails until then.
      prepare: (cwd) => writeFile(join(cwd, 'pnpm-workspace.yaml'), 'strictDepBuilds: false\n'),
      install: (cwd) => run(cwd, [pnpm, 'install', '--no-frozen-lockfile'], env),
      exec: [pnpm, 'exec'],
      nodeOptions: () => '',
      bin: binInNodeModules,
    };
  },

  yarn: async (cache) => {
    const yarn = [
      process.execPath,
      join(await tool(cache, 'yarn', '@yarnpkg/cli-dist@4'), '@yarnpkg/cli-dist/bin/yarn.js'),
    ];
    const config = (name) => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
    const ca = config('cafile');
    const env = {
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
      YARN_GLOBAL_FOLDER: join(cache, 'yarn'),
      YARN_NPM_REGISTRY_SERVER: config('registry').replace(/\/$/, ''),
      ...(ca === 'null' ? {} : { YARN_HTTPS_CA_FILE_PATH: ca }),
    };
    return {
      name: 'yarn',
      version: (await run(cache, [...yarn, '--version'], env)).trim(),
      // Makes the folder a project of its own, with Plug'n'Play, which is yarn's default.
      prepare: (cwd) => writeFile(join(cwd, 'yarn.lock'), ''),
      install: (cwd) => run(cwd, [...yarn, 'install'], env),
      exec: [...yarn, 'run'],
      env,
      /** What `yarn node` gives to Node. */
      nodeOptions: async (cwd, node) =>
        (await run(cwd, [...yarn, 'node', '-p', 'process.env.NODE_OPTIONS'], { ...env, ...pathOf(node) })).trim(),
      bin: async (cwd, name) => (await run(cwd, [...yarn, 'bin', name], env)).trim(),
    };
  },
};

/** The environment in which `node` is this Node. */
export function pathOf(node) {
  return { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}

export function npm(cwd, ...args) {
  return run(cwd, ['npm', ...args, ...QUIET]);
}

/** Returns the output. Rejects with all output if the command fails. A question ends it, because there is no input. */
export async function run(cwd, [program, ...args], env = {}) {
  const running = exec(program, args, {
    cwd,
    maxBuffer: 2 ** 26,
    timeout: 540_000,
    env: { ...process.env, NODE_ENV: '', ...env },
  });
  running.child.stdin.end();
  return (await running).stdout;
}

/** Installs a package below the cache, the newest of its range. Returns its node_modules. */
export async function tool(cache, name, spec) {
  const folder = join(cache, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await npm(folder, 'install', spec);
  return join(folder, 'node_modules');
}

async function binInNodeModules(cwd, name) {
  const package_ = name === 'nest' ? '@nestjs/cli' : name;
  const folder = dirname(createRequire(join(cwd, 'package.json')).resolve(`${package_}/package.json`));
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}
