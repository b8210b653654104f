import type { Timers } from './timers.js';

interface Watch {
  readonly firstMs: number;
  readonly everyMs: number;
  /** Resolves with whether to give up. */
  readonly look: () => Promise<boolean>;
  readonly giveUp: () => void;
}

/** Calls `look` repeatedly, and `giveUp` when `look` says so. Returns a function that ends this. */
export function watch(timers: Timers, { firstMs, everyMs, look, giveUp }: Watch): () => void {
  let isOver = false;
  const once = async () => {
    const isToEnd = await look();
    if (isOver) return;
    if (isToEnd) giveUp();
    else cancel = timers.after(everyMs, () => void once());
  };
  let cancel = timers.after(firstMs, () => void once());
  return () => {
    isOver = true;
    cancel();
  };
}
