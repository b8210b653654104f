import { addRow } from './results.mjs';

/** Whether this run has fewer rounds and records than one whose figures count. */
export const IS_QUICK = process.argv.includes('--quick');

/** How many rounds count, and a number of records, in this run. */
export const ROUNDS = IS_QUICK ? 2 : 5;
export const records = (count) => (IS_QUICK ? Math.ceil(count / 5) : count);

/** Runs the sides in turn, `rounds` times after one that does not count; answers with each side's figures. */
export async function interleaved(rounds, sides) {
  const figures = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, side] of Object.entries(sides)) {
      const figure = await side();
      if (round > 0) figures[name].push(figure);
    }
  }
  return figures;
}

export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row: both sides' medians and the median of the ratios round by round. `ours` and `theirs` are per second. */
export function report(work, ours, theirs, goal, { against = 'bare client' } = {}) {
  const ratio = median(ours.map((figure, n) => figure / theirs[n]));
  const perSecond = (figures) => `${Math.round(median(figures)).toLocaleString('en')}/s`;
  addRow({ work, against, ours: perSecond(ours), theirs: perSecond(theirs), result: ratio.toFixed(2), ratio, goal });
}
