import type { Timers } from './timers.js';

interface Watch {
  readonly firstMs: number;
  readonly everyMs: number;
  /** Whether to give up. */
  readonly look: () => Promise<boolean>;
  readonly giveUp: () => void;
}

/** Looks again and again whether something that is waited for is to be given up. Answers what ends that. */
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
