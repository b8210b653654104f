import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const NEST = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');

/** A running `nest start`. */
export interface Started {
  readonly nest: ChildProcess;
  /** The output of the process and the app until now. */
  readonly output: () => string;
  /** Resolves with the match of `pattern` in the output. Rejects with the output if there is no match in time. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when the `nest` process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A Nest project with one file. Its folder is inside the repository, so that packages resolve. */
export interface FixtureProject {
  /** Runs `nest <args>` in the project. */
  nest(...args: string[]): Started;
  readonly write: (file: string, text: string) => Promise<void>;
  /** Kills all processes that still run, apps included, and removes the folder. */
  remove(): Promise<void>;
}

/**
 * Makes a project whose nest-cli.json is `{ compilerOptions, projects, ...settings }` and whose src/main.ts is `main`.
 * It has one project, `app`.
 */
export async function fixtureProject({ main, ...settings }: { main: string; exec?: string }): Promise<FixtureProject> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, '.cache/cli-plugin-'));
  const project = projectIn(folder);
  const { write } = project;
  await mkdir(join(folder, 'src'));
  await write('package.json', '{ "type": "module" }');
  const projects = { app: { type: 'application', root: '', sourceRoot: 'src', entryFile: 'main' } };
  await write(
    'nest-cli.json',
    JSON.stringify({ compilerOptions: { plugins: ['nest-event-bus'] }, projects, ...settings }),
  );
  await write(
    'tsconfig.json',
    JSON.stringify({
      // Type checks are off, which makes the ten builds faster.
      compilerOptions: {
        target: 'ES2023',
        module: 'nodenext',
        noCheck: true,
        types: [],
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    }),
  );
  await write('src/main.ts', main);
  return project;
}

/** The project that is in a folder. Its folder is removed with it. */
export function projectIn(folder: string): FixtureProject {
  const started: ChildProcess[] = [];
  return {
    write: (file, text) => writeFile(join(folder, file), text),
    nest: (...args) => {
      // A process group of its own, so that all remaining processes can be killed together.
      // The schematics of Nest move no files in an environment named "test".
      const env = { ...process.env, NODE_ENV: undefined };
      const nest = spawn(process.execPath, [NEST, ...args], { cwd: folder, detached: true, env });
      started.push(nest);
      return follow(nest);
    },
    remove: async () => {
      for (const { pid } of started) if (pid !== undefined) killGroup(pid);
      await rm(folder, { recursive: true });
    },
  };
}

function follow(nest: ChildProcess): Started {
  let text = '';
  const seen = new EventTarget();
  for (const stream of [nest.stdout, nest.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      seen.dispatchEvent(new Event('text'));
    });
  }
  const ended = new Promise<Awaited<Started['ended']>>((settle) => {
    nest.once('close', (code, signal) => {
      settle({ code, signal });
    });
  });
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((found, failed) => {
      const timer = setTimeout(() => {
        finish(() => failed(new Error(`Waited 90 s for ${String(pattern)} in the output of nest:\n${text}`)));
      }, 90_000);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        seen.removeEventListener('text', look);
        settle();
      };
      const look = () => {
        const match = pattern.exec(text);
        if (match) finish(() => found(match));
      };
      seen.addEventListener('text', look);
      look();
    });
  return { nest, output: () => text, printed, ended };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left, as intended.
  }
}
