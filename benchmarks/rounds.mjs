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

/** One line: both sides' medians and the median of the ratios round by round. */
export function report(title, ours, theirs, goal) {
  const ratio = median(ours.map((figure, n) => figure / theirs[n]));
  const range = (figures) => `${Math.round(median(figures)).toLocaleString('en')}/s`;
  console.log(`${title}: ours ${range(ours)}, bare ${range(theirs)}, ratio ${ratio.toFixed(2)} (goal ${goal})`);
}
