import { outside, STEPS } from './cells.mjs';
import { isGood } from './results.mjs';

/** How much of a failed step's output is printed; the result has all of it. */
const LAST_LINES = 15;

/**
 * Runs the cells one after another and keeps each result. `open(cell)` returns the versions of the cell and `run(step)`, or why
 * the cell is `missing`.
 * Returns the number of cells that failed.
 */
export async function runCells({ cells, results, resume, open, log }) {
  let failed = 0;
  if (!resume) for (const cell of cells) await results.remove(cell);
  for (const [index, cell] of cells.entries()) {
    const title = `[${index + 1}/${cells.length}] ${cell.name}`;
    if (resume && isGood(await results.read(cell))) {
      log(`${title}: has passed before`);
      continue;
    }
    const result = await runCell(cell, open, (line) => log(`${title}: ${line}`));
    await results.write(cell, result);
    if (!isGood(result)) failed++;
  }
  return failed;
}

async function runCell(cell, open, log) {
  const steps = {};
  let opened;
  try {
    opened = await open(cell);
  } catch (error) {
    // Without the project no step can run.
    steps[STEPS[0]] = tell(log, 'install', { state: 'failed', output: textOf(error) });
    return { versions: {}, steps };
  }
  const { versions = {}, run, missing } = opened;
  if (missing !== undefined) {
    for (const step of STEPS) steps[step] = tell(log, step, { state: 'n/a', note: missing });
    return { versions, steps };
  }
  for (const step of STEPS) {
    const began = performance.now();
    const output = await run(step).then(
      (note) => ({ note }),
      (error) => ({ failure: textOf(error) }),
    );
    steps[step] = tell(log, step, judge(outside(cell, step), output), performance.now() - began);
  }
  return { versions, steps };
}

/** A failure from outside must be the expected one, and must happen. */
function judge(known, { note, failure }) {
  if (known === undefined)
    return failure === undefined ? { state: 'passes', note } : { state: 'failed', output: failure };
  if (failure === undefined)
    return { state: 'failed', output: `passes now, although it is known to fail: ${known.reason}` };
  if (!known.output.test(failure))
    return { state: 'failed', output: `fails differently than known (${known.reason})\n${failure}` };
  return { state: 'n/a', note: known.reason };
}

function tell(log, step, result, ms = 0) {
  const { state, note, output } = result;
  const last = output === undefined ? '' : `\n${output.trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`;
  log(`${step} ${state}${note ? ` (${note})` : ''}, ${(ms / 1000).toFixed(1)} s${last}`);
  return result;
}

function textOf(error) {
  return [error.message, error.stdout, error.stderr].filter(Boolean).join('\n');
}
