import { delayMs, sleep } from '../../core/backoff.js';
import { isFinal } from './is-final.js';

/** The delays before retries, in ms. */
const RETRY = { initialMs: 100, maxMs: 500 };

export interface Patience {
  /** How long failures are retried, in ms. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** Converts a thrown value to the error to reject with. */
  readonly errorOf: (thrown: unknown) => Error;
  readonly onFailure: (error: Error) => void;
  /** Whether the time may restart once it is over: the broker answers other questions, and only this one takes long. */
  readonly isWell?: () => Promise<boolean>;
}

/** Repeats a request while brokers are away, up to `withinMs`. Rejects at once if a retry cannot help. */
export async function untilAnswered<Answer>(
  question: () => Promise<Answer>,
  { withinMs, signal, errorOf, onFailure, isWell }: Patience,
): Promise<Answer> {
  let failingSince: number | undefined;
  for (let n = 1; ; n += 1) {
    try {
      return await question();
    } catch (thrown) {
      const error = errorOf(thrown);
      if (isFinal(error) || signal.aborted) throw error;
      // Counts from the first failure and not from the question, because an answer may rightly take long.
      failingSince ??= performance.now();
      if (performance.now() - failingSince > withinMs) {
        if ((await isWell?.()) !== true) throw error;
        failingSince = performance.now();
      }
      onFailure(error);
      await sleep(delayMs(RETRY, n), signal);
    }
  }
}
