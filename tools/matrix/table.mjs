import { format } from 'prettier';
import { STEPS } from './cells.mjs';

const MODULES = { cjs: 'CommonJS', esm: 'ESM' };

/** The text of docs/matrix.md. `rows` are cells with their results. */
export function page(rows) {
  const notes = [...new Set(rows.flatMap(({ result }) => notesOf(result)))];
  const heads = ['Nest', 'CLI', 'modules', 'installed by', 'Node', ...STEPS.map((step) => `\`${step}\``)];
  const lines = rows.map(({ cell, result: { versions, steps } }) => [
    versions.nest ?? `${cell.nest}`,
    versions.cli ?? '–',
    MODULES[cell.modules],
    versions.manager ?? cell.manager,
    versions.node ?? `${cell.node}`,
    ...STEPS.map((step) => text(steps[step], step === 'Redis' ? versions.ioredis : undefined, notes)),
  ]);
  const table = [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return format(`${HEAD}\n${table}\n\n${notes.map((note, n) => `${n + 1}. ${note}`).join('\n')}\n`, {
    parser: 'markdown',
    printWidth: 120,
    proseWrap: 'always',
  });
}

function notesOf({ steps }) {
  return STEPS.flatMap((step) => steps[step]?.note ?? []);
}

function text(step, with_, notes) {
  if (step === undefined) return 'not run';
  const { state, note } = step;
  return [
    state === 'failed' ? '**fails**' : state,
    with_ && `(ioredis ${with_})`,
    note && `[${notes.indexOf(note) + 1}]`,
  ]
    .filter(Boolean)
    .join(' ');
}

const HEAD = `# Tested versions

<!-- Written by npm run test:matrix. -->

Each row is a new project of the Nest CLI with the packed packages and \`nest add nest-event-bus\`. The project publishes
an event of its own.

- **\`embedded\`, \`Redis\`**: one process publishes the event over HTTP; another process handles it.
- **\`nest start consumer\`**: the same, with the consumer started by the Nest CLI.
- **\`tests\`**: the project's unit tests and end-to-end tests, with Jest (CommonJS) or Vitest (ESM). An end-to-end test
  publishes over HTTP and waits for the handler.
- **\`event-bus\`**: the command line knows the event and those of \`openedx-events\`, and says that \`kafkajs\` is not installed.

CommonJS projects load the packages and Nest 12 with \`require\`. pnpm has its strict \`node_modules\`, yarn has Plug'n'Play.
`;
