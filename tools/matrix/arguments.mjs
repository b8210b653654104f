import { parseArgs } from 'node:util';
import { choose } from './cells.mjs';

export const USAGE = `npm run test:matrix [-- --only nest12-node26] [--resume] [--list]

Tries the packed packages in projects of the Nest CLI: Nest 11 and 12, ES modules and CommonJS, npm, pnpm and yarn,
Node 20 to 26. Needs redis-server or Docker. A full run takes about half an hour.

  --only    Runs some cells. Parts of their names, joined by "-": node26, pnpm, nest12-esm. Can be repeated.
  --resume  Goes on with a run that ended: keeps installed projects, and skips cells that passed with this build.
  --list    Prints the cells and runs nothing.

Results are kept in the cache. When all cells have a result of this build, docs/matrix.md is written.
Exit codes: 0 all passed, 1 a cell failed, 2 wrong usage.`;

/** Returns the options, or the text to print and the exit code. */
export function readArguments(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true, default: [] },
        resume: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
    if (values.help) return { text: USAGE, code: 0 };
    const cells = choose(values.only);
    if (values.list) return { text: cells.map(({ name }) => name).join('\n'), code: 0 };
    return { cells, resume: values.resume };
  } catch (error) {
    return { text: `${error.message}\n\n${USAGE}`, code: 2 };
  }
}
