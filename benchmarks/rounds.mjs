import { addRow } from './results.mjs';

/** Whether this is a quick run with fewer rounds and records. Its results do not count. */
export const IS_QUICK = process.argv.includes('--quick');

/** The number of counted rounds, and a number of records scaled to this run. */
export const ROUNDS = IS_QUICK ? 2 : 5;
export const records = (count) => (IS_QUICK ? Math.ceil(count / 5) : count);

/** Runs the sides in turn: one round to warm up, then `rounds` counted ones. Returns the results of each side. */
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

/**
 * Adds a row with the medians of both sides and the median of the ratios per round. `ours` and `theirs` are per second.
 */
export function report(work, ours, theirs, goal, { against = 'bare client' } = {}) {
  const ratio = median(ours.map((figure, n) => figure / theirs[n]));
  const perSecond = (figures) => `${Math.round(median(figures)).toLocaleString('en')}/s`;
  addRow({ work, against, ours: perSecond(ours), theirs: perSecond(theirs), result: ratio.toFixed(2), ratio, goal });
}
