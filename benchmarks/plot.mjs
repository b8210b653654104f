import { writeFileSync } from 'node:fs';

const COLOURS = ['#1b6ca8', '#c0504d', '#5a8f29', '#7a5195'];
const WIDTH = 700;
const HEIGHT = 360;
const LEFT = 60;
const TOP = 40;
const BOTTOM = 310;
const RIGHT = 400;

/**
 * Draws one curve for each of `lines` over the steps, both axes from 0. The dotted line is proportional to the first
 * point of the first curve.
 */
export function savePlot(file, { title, steps, lines }) {
  const most = Math.max(...Object.values(lines).flat(), (Object.values(lines)[0][0] * steps.at(-1)) / steps[0]);
  const x = (step) => LEFT + ((RIGHT - LEFT) * step) / steps.at(-1);
  const y = (value) => BOTTOM - ((BOTTOM - TOP) * value) / (most * 1.05);
  const ticks = [0.25, 0.5, 0.75, 1].map((part) => Math.floor(most / 400) * 400 * part);
  const text = (px, py, words, more = '') => `<text x="${px}" y="${py}" ${more}>${words}</text>`;
  const parts = [
    text(LEFT, 22, title, 'font-weight="bold"'),
    ...ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${y(tick)}H${RIGHT}" stroke="#ddd"/>`,
      text(LEFT - 8, y(tick) + 4, tick.toLocaleString('en'), 'text-anchor="end"'),
    ]),
    `<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#333"/>`,
    ...steps.map((step) => text(x(step), BOTTOM + 18, step, 'text-anchor="middle"')),
    ...proportion(lines, steps).map(
      ([from, to]) =>
        `<path d="M${x(0)} ${y(from)}L${x(steps.at(-1))} ${y(to)}" stroke="#999" stroke-dasharray="3 4"/>`,
    ),
    ...Object.entries(lines).flatMap(([name, values], n) => {
      const points = values.map((value, at) => `${x(steps[at]).toFixed(1)} ${y(value).toFixed(1)}`);
      return [
        `<path d="M${points.join('L')}" fill="none" stroke="${COLOURS[n]}" stroke-width="2"/>`,
        ...points.map(
          (point) => `<circle cx="${point.split(' ')[0]}" cy="${point.split(' ')[1]}" r="3" fill="${COLOURS[n]}"/>`,
        ),
        `<path d="M${RIGHT + 16} ${TOP + 16 + 22 * n}h18" stroke="${COLOURS[n]}" stroke-width="2"/>`,
        text(RIGHT + 40, TOP + 20 + 22 * n, name),
      ];
    }),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">\n<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
  writeFileSync(new URL(`results/${file}`, import.meta.url), svg);
}

const proportion = (lines, steps) => [[0, (Object.values(lines)[0][0] * steps.at(-1)) / steps[0]]];
