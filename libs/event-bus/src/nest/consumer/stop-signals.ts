/**
 * A terminal and the `nest` command may both pass on the same Ctrl-C. Signals within this time after the first count as
 * the same, in ms.
 */
const SAME_SIGNAL_MS = 500;

/** SIGTERM and SIGINT of this process. The first signal stops it, a second one ends it at once. */
export interface StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<void>;
}

/** Starts listening. Calls `onSecond` with the name of each further signal. */
export function stopSignals(onSecond: (signal: NodeJS.Signals) => void): StopSignals {
  let firstAt: number | undefined;
  return {
    first: new Promise((resolve) => {
      const onSignal = (signal: NodeJS.Signals) => {
        const now = performance.now();
        if (firstAt !== undefined && now - firstAt > SAME_SIGNAL_MS) onSecond(signal);
        firstAt ??= now;
        resolve();
      };
      process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    }),
  };
}
