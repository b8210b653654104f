/** A terminal and the `nest` command may both pass the same Ctrl-C on: what comes within so many ms of the first signal is that one. */
const SAME_SIGNAL_MS = 500;

/** SIGTERM and SIGINT of this process: the first asks it to stop, a second one to end at once. */
export interface StopSignals {
  /** Resolves at the first. */
  readonly first: Promise<void>;
}

/** Listens from now on; `onSecond` is called at each further signal, with its name. */
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
