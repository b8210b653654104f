import type { Observer } from '../core/notices/notice.js';
import { type Consumed, ConsumingFigures, type Holder } from './consuming.js';
import { countNotices } from './observer.js';
import { PublishingFigures } from './publishing.js';
import type { Instruments } from './series.js';

/** Counts what one bus does. */
export interface BusFigures {
  readonly observe: Observer;
  /** Counts the records in hand of a consumer until it has ended. */
  watch(holder: Holder): void;
  /** Counts the stuck handler calls that `find` gives, each with what its consumer consumes. */
  watchStuck(find: () => Iterable<Consumed>): void;
}

/** `isKnown` says whether an event type is defined in this process; others share one label. */
export function busFigures(instruments: Instruments, isKnown: (type: string) => boolean): BusFigures {
  const consuming = new ConsumingFigures(instruments, isKnown);
  return {
    observe: countNotices(new PublishingFigures(instruments), consuming),
    watch: (holder) => consuming.watch(holder),
    watchStuck: (find) => consuming.watchStuck(find),
  };
}
