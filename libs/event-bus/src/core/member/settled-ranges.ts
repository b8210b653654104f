/** The places of a partition from `from` to before `until`. */
export type Range<Place> = readonly [from: Place, until: Place];

/** Negative if `one` is before `other`, 0 if they are equal. */
export type Compare<Place> = (one: Place, other: Place) => number;

/** The settled records of a group in one partition, as far as later moves need them. */
export interface Passed<Place> {
  /** The start of the group after its last move, or at all. Everything from here to its position is settled. */
  readonly since: Place;
  /**
   * The ranges that were settled before that move, sorted and disjoint. If such a record comes again, it is a replay.
   */
  readonly ranges: readonly Range<Place>[];
}

/**
 * The number of remembered ranges; older ones are dropped. Each further range needs a move over records that were never
 * handled.
 */
export const MAX_RANGES = 32;

/** The state after a move. Skipped records are not added: if the group is moved back, they are new. */
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
