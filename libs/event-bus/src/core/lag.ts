import type { GroupPosition } from './backend.js';

/** The lag of a partition, or of several. */
export interface Lag {
  readonly events: number;
  /** The age of the oldest unsettled event: 0 if there is none, `null` if it is unknown. */
  readonly seconds: number | null;
}

/** The lag of these partitions together, at a time in ms since 1970. */
export function lagOf(at: number, positions: readonly Pick<GroupPosition, 'behind' | 'oldestAt'>[]): Lag {
  const ages = positions.map((each) => lagSeconds(at, each));
  return {
    events: positions.reduce((sum, { behind }) => sum + behind, 0),
    seconds: ages.includes(null) ? null : Math.max(0, ...ages.map(Number)),
  };
}

/** The age of the oldest unsettled event of a partition; see {@link Lag}. */
export function lagSeconds(
  at: number,
  { behind, oldestAt }: Pick<GroupPosition, 'behind' | 'oldestAt'>,
): number | null {
  if (behind === 0) return 0;
  // The clock of whoever published may be ahead of ours.
  return oldestAt === null ? null : Math.max(0, (at - oldestAt) / 1000);
}
