import type { GroupPosition } from '../../core/backend.js';
import { lagOf, lagSeconds } from '../../core/lag.js';
import { tableLines } from '../table.js';
import { ageText } from './age.js';

/** The lag of a group, at a time in ms since 1970. */
export interface LagSample {
  readonly at: number;
  readonly positions: readonly GroupPosition[];
}

/**
 * The lag of a partition as it is printed as JSON. `lagSeconds` is the age of the oldest unsettled event: 0 if there is
 * none, `null` if it is unknown.
 */
export function lagLine(at: number, { partition, position, end, behind, oldestAt }: GroupPosition) {
  return { partition, position, end, lag: behind, lagSeconds: lagSeconds(at, { behind, oldestAt }) };
}

/** Returns the lag as a table: one line per partition, and the sum if there are several. */
export function lagTable({ at, positions }: LagSample): readonly string[] {
  const rows = [
    ['partition', 'position', 'end', 'lag', 'oldest'],
    ...positions.map((each) => [
      `${each.partition}`,
      each.position ?? '-',
      each.end,
      `${each.behind}`,
      ageText(lagSeconds(at, each)),
    ]),
  ];
  if (positions.length > 1) {
    const { events, seconds } = lagOf(at, positions);
    rows.push(['all', '', '', `${events}`, ageText(seconds)]);
  }
  const most = Math.max(1, ...positions.map(({ behind }) => behind));
  const bars = ['', ...positions.map(({ behind }) => '█'.repeat(Math.ceil((behind / most) * BAR)))];
  return tableLines(rows).map((line, n) => `${line}  ${bars[n] ?? ''}`.trimEnd());
}

/** Says how the lag has changed from one sample to the next: `+12 events/s`, or `-100 events/s, none left in 3 s`. */
export function trendText(before: LagSample, now: LagSample): string {
  const seconds = (now.at - before.at) / 1000;
  const left = lagOf(now.at, now.positions).events;
  const perSecond = Math.round((left - lagOf(before.at, before.positions).events) / Math.max(seconds, 0.001));
  const rate = `${perSecond > 0 ? '+' : ''}${perSecond} events/s`;
  return perSecond < 0 ? `${rate}, none left in ${ageText(left / -perSecond)}` : rate;
}

const BAR = 20;
