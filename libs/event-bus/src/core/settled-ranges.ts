/** Places of one partition from the first on, before the second. */
export type Range<Place> = readonly [from: Place, until: Place];

/** Negative when the one lies before the other, 0 when they are the same place. */
export type Compare<Place> = (one: Place, other: Place) => number;

/** Which records of a partition a group has settled, as far as it has to be remembered over moves. */
export interface Passed<Place> {
  /** Where the group began after its last move, or at all: from here to its position everything is settled. */
  readonly since: Place;
  /** What was settled before that move, in order and apart from one another: when it comes again, it is a replay. */
  readonly ranges: readonly Range<Place>[];
}

/** So many stretches are remembered, the last ones: each takes a move over records that were never handled. */
export const MAX_RANGES = 32;

/** What is to be remembered when the group is moved. What a move skips is not passed: it is new when the group is moved back. */
export function afterMove<Place>(
  { since, ranges }: Passed<Place>,
  { from, to }: { readonly from: Place; readonly to: Place },
  compare: Compare<Place>,
): Passed<Place> {
  return { since: to, ranges: joined(ranges, [since, from], compare).slice(-MAX_RANGES) };
}

export function isPassed<Place>(ranges: readonly Range<Place>[], place: Place, compare: Compare<Place>): boolean {
  return ranges.some(([from, until]) => compare(from, place) <= 0 && compare(place, until) < 0);
}

export const compareNumbers: Compare<number> = (one, other) => one - other;

function joined<Place>(
  ranges: readonly Range<Place>[],
  [from, until]: Range<Place>,
  compare: Compare<Place>,
): readonly Range<Place>[] {
  if (compare(from, until) >= 0) return ranges;
  const before = ranges.filter((range) => compare(range[1], from) < 0);
  const behind = ranges.filter((range) => compare(range[0], until) > 0);
  const touched = ranges.slice(before.length, ranges.length - behind.length);
  const first = touched[0]?.[0] ?? from;
  const last = touched.at(-1)?.[1] ?? until;
  return [...before, [compare(first, from) < 0 ? first : from, compare(last, until) > 0 ? last : until], ...behind];
}
