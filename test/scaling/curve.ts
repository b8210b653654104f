import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process.js';

/** What the autoscaler saw and did at one time. */
export interface Sample {
  /** Since the first wave, in seconds. */
  readonly s: number;
  readonly lag: number;
  readonly pods: number;
}

const WIDTH = 800;
const HEIGHT = 160;

/** Writes the samples as JSON lines and as a plot into docs/images. */
export function keepCurve(name: string, samples: readonly Sample[]): void {
  const file = `scaling-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const folder = join(ROOT, 'dist/scaling');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${file}.jsonl`), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  if (process.env['EVENT_BUS_SCALING_KEEP'] === '1')
    writeFileSync(join(ROOT, 'docs/images', `${file}.svg`), plot(name, samples));
}

/** Two curves above each other: the lag and the number of pods. */
export function plot(name: string, samples: readonly Sample[]): string {
  const end = Math.max(1, samples.at(-1)?.s ?? 1);
  const curve = (label: string, figure: 'lag' | 'pods', top: number, color: string) => {
    const most = Math.max(1, ...samples.map((sample) => sample[figure]));
    const x = (s: number) => (60 + (s / end) * (WIDTH - 80)).toFixed(1);
    const y = (value: number) => (top + HEIGHT - (value / most) * (HEIGHT - 30)).toFixed(1);
    const steps = samples.map(
      (sample, n) => `${n === 0 ? 'M' : 'H'}${x(sample.s)}${n === 0 ? ' ' : 'V'}${y(sample[figure])}`,
    );
    return `<text x="60" y="${top + 18}">${label}, up to ${most}</text><path d="${steps.join('')}" fill="none" stroke="${color}" stroke-width="2"/><line x1="60" x2="${WIDTH - 20}" y1="${top + HEIGHT}" y2="${top + HEIGHT}" stroke="#888"/>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${2 * HEIGHT + 60}" font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#fff"/>${curve(`${name}: waiting events`, 'lag', 0, '#c0392b')}${curve('members', 'pods', HEIGHT + 20, '#2471a3')}<text x="60" y="${2 * HEIGHT + 45}">0 to ${end.toFixed(0)} s; KEDA’s scalers, polled each second</text></svg>\n`;
}
