import type { LostSignal, ReceivedRecord, Subscriber, Subscription } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { idOf } from './records.js';

/** One call of the handler of a member in this process. */
export interface Call {
  readonly id: string;
  readonly record: ReceivedRecord;
  readonly lost: LostSignal;
  /**
   * A promise for handlers to return. It resolves after `finish`. It rejects after `fail`, and when the record is lost.
   */
  readonly held: Promise<void>;
  readonly isOpen: boolean;
  finish(): void;
  fail(error: Error): void;
}

export type HandleCall = (call: Call) => Promise<void>;

/** A `consume` call in this process that records its handler calls. */
export interface Member {
  /** In the order in which they started. */
  readonly calls: readonly Call[];
  readonly ids: readonly string[];
  readonly openCalls: readonly Call[];
  readonly state: 'running' | 'resolved' | 'rejected';
  /** The promise of `consume`. */
  readonly ended: Promise<void>;
  call(id: string): Call;
  /** Asks the member to stop. `ended` settles when it has stopped. */
  stop(): void;
}

export function startMember(
  backend: Subscriber,
  subscription: Subscription,
  handle: HandleCall,
  stopping = new AbortController(),
): Member {
  const calls: Call[] = [];
  let state: Member['state'] = 'running';
  const ended = backend.consume(
    subscription,
    async (record, lost) => {
      const call = new OpenCall(record, lost);
      calls.push(call);
      try {
        await handle(call);
      } finally {
        call.isOpen = false;
      }
    },
    stopping.signal,
  );
  ended.then(
    () => (state = 'resolved'),
    () => (state = 'rejected'),
  );
  return {
    calls,
    ended,
    get ids() {
      return calls.map(({ id }) => id);
    },
    get openCalls() {
      return calls.filter(({ isOpen }) => isOpen);
    },
    get state() {
      return state;
    },
    call(id) {
      const call = calls.findLast((candidate) => candidate.id === id);
      if (call === undefined)
        throw new Error(`record ${id} was not handed over, only ${calls.map((c) => c.id).join()}`);
      return call;
    },
    stop: () => stopping.abort(),
  };
}

class OpenCall implements Call {
  readonly id: string;
  readonly held: Promise<void>;
  isOpen = true;
  finish!: () => void;
  fail!: (error: Error) => void;

  constructor(
    readonly record: ReceivedRecord,
    readonly lost: LostSignal,
  ) {
    this.id = idOf(record);
    this.held = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
      lost.addEventListener('abort', () => reject(asError(lost.reason)), { once: true });
    });
    // Most handlers do not use this promise, so its rejection must not be reported as unhandled.
    this.held.catch(() => undefined);
  }
}
