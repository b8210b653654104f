import { delayMs, sleep } from '../../core/backoff.js';
import { isFinal } from './is-final.js';

/** How soon what has failed is tried again, in ms. */
const RETRY = { initialMs: 100, maxMs: 500 };

export interface Patience {
  /** How long it may fail, in ms. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** Makes what was thrown what it rejects with. */
  readonly errorOf: (thrown: unknown) => Error;
  readonly onFailure: (error: Error) => void;
  /** Whether the time may begin anew once it is over: whoever was asked is there, and only has no answer yet. */
  readonly isWell?: () => Promise<boolean>;
}

/** Asks again while brokers are away, as long as that may last. Rejects at once with what asking again does not mend. */
export async function untilAnswered<Answer>(
  question: () => Promise<Answer>,
  { withinMs, signal, errorOf, onFailure, isWell }: Patience,
): Promise<Answer> {
  let began = performance.now();
  for (let n = 1; ; n += 1) {
    try {
      return await question();
    } catch (thrown) {
      const error = errorOf(thrown);
      if (isFinal(error) || signal.aborted) throw error;
      if (performance.now() - began > withinMs) {
        if ((await isWell?.()) !== true) throw error;
        began = performance.now();
      }
      onFailure(error);
      await sleep(delayMs(RETRY, n), signal);
    }
  }
}
