import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The last stage of a Dockerfile, built in a folder. */
export interface Built {
  /** Stands for the WORKDIR, /app. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
}

/**
 * Builds the stages of a Dockerfile without a container engine: each in an empty folder, by its own commands. Knows the
 * instructions of deploy/Dockerfile. `context` is the folder with the project.
 */
export function buildStages(dockerfile: string, context: string, folder: string): Built {
  const text = readFileSync(dockerfile, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const stages = new Map<string, string>();
  let [stage, user] = ['', ''];
  let env: Record<string, string> = {};
  let entrypoint: readonly string[] = [];
  const variables: Record<string, string> = {};
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [instruction = '', ...words] = line.trim().split(/\s+/);
    const rest = words.join(' ');
    if (instruction === 'FROM') {
      stage = join(folder, `stage-${stages.size}`);
      mkdirSync(stage);
      stages.set(words[2] ?? 'last', stage);
      [env, user, entrypoint] = [{}, '', []];
    } else if (instruction === 'ARG') Object.assign(variables, pairs(rest));
    else if (instruction === 'ENV') env = { ...env, ...pairs(rest) };
    else if (instruction === 'USER') user = rest;
    else if (instruction === 'ENTRYPOINT') entrypoint = JSON.parse(rest) as readonly string[];
    else if (instruction === 'COPY') {
      const from =
        words[0]?.startsWith('--from=') === true ? stages.get(words.shift()?.slice('--from='.length) ?? '') : undefined;
      copy(words, from ?? context, stage);
    } else if (instruction === 'RUN')
      execFileSync('sh', ['-ec', rest.replaceAll('/app', stage)], {
        cwd: stage,
        env: { ...process.env, ...variables, ...env },
        stdio: 'pipe',
      });
    else if (!['WORKDIR', 'EXPOSE'].includes(instruction)) throw new Error(`Unknown instruction: ${line}`);
  }
  return { folder: stage, env, user, entrypoint };
}

function copy(words: readonly string[], from: string, to: string): void {
  const target = words.at(-1) ?? '.';
  for (const word of words.slice(0, -1)) {
    const source = join(from, word.replace(/^\/app\//, ''));
    const isInto = target.endsWith('/') || target === '.';
    const isContents = isInto && statSync(source).isDirectory();
    cpSync(source, isContents || !isInto ? join(to, target) : join(to, target, basename(source)), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string]));
}
