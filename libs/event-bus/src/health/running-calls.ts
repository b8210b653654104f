import { asPromise } from '../core/as-promise.js';
import type { Attempt, Handler } from '../core/consume/delivery.js';
import type { Observer } from '../core/notices/notice.js';
import type { Check } from './check.js';

/** A call of a handler that has not ended. */
export interface RunningCall extends Attempt {
  readonly handler: Handler;
  readonly startedAt: number;
}

/** The handler calls that run now. */
export class RunningCalls {
  /** In the order of their start. */
  readonly #running = new Set<RunningCall>();
  readonly #reported = new WeakSet<RunningCall>();
  readonly #watched = new WeakMap<readonly Handler[], readonly Handler[]>();
  readonly #stuckAfterMs: number;
  readonly #report: Observer;

  /** A call that runs longer than `stuckAfterMs` is stuck. `report` gets one notice for each, when a check finds it. */
  constructor(stuckAfterMs: number, report: Observer) {
    this.#stuckAfterMs = stuckAfterMs;
    this.#report = report;
  }

  /** Returns the same handlers. Their calls are known here while they run. */
  watch(handlers: readonly Handler[]): readonly Handler[] {
    if (handlers.length === 0) return handlers;
    const known = this.#watched.get(handlers);
    if (known !== undefined) return known;
    const watched = handlers.map((handler) => this.#watch(handler));
    this.#watched.set(handlers, watched);
    return watched;
  }

  /** The calls that are stuck now, the oldest first. */
  stuck(): readonly RunningCall[] {
    const stuck: RunningCall[] = [];
    for (const call of this.#running) {
      if (msOf(call) < this.#stuckAfterMs) break;
      stuck.push(call);
    }
    return stuck;
  }

  /** Whether no call is stuck. */
  live(): Check {
    const stuck = this.stuck();
    for (const call of stuck) this.#reportOnce(call);
    const [first] = stuck;
    if (first === undefined) return { ok: true, detail: `${this.#running.size} handler(s) run` };
    const { handler, delivery } = first;
    const where = `topic=${delivery.record.topic} position=${delivery.record.position} id=${delivery.id ?? '-'}`;
    const more = stuck.length === 1 ? '' : `; ${stuck.length} handlers are stuck`;
    return { ok: false, detail: `${handler.name} has run for ${(msOf(first) / 1000).toFixed(1)} s: ${where}${more}` };
  }

  #watch(handler: Handler): Handler {
    const { name, policy } = handler;
    return {
      name,
      policy,
      handle: (event, attempt) => {
        const call = { ...attempt, handler, startedAt: performance.now() };
        this.#running.add(call);
        const ended = () => void this.#running.delete(call);
        const result = asPromise(() => handler.handle(event, attempt));
        result.then(ended, ended);
        return result;
      },
    };
  }

  #reportOnce(call: RunningCall): void {
    if (this.#reported.has(call)) return;
    this.#reported.add(call);
    const { delivery, handler, attempt } = call;
    this.#report({ kind: 'handler-stuck', delivery, handler, attempt, runningMs: msOf(call) });
  }
}

function msOf({ startedAt }: RunningCall): number {
  return performance.now() - startedAt;
}
