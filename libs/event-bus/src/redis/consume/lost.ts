import type { LostSignal } from '../../core/backend.js';

/**
 * The lost signal of one entry. Other members can claim single entries, so each entry needs its own. An
 * `AbortController` per entry would add a tenth to the cost of an event.
 */
export class Lost implements LostSignal {
  #reason: Error | undefined;
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Later calls have no effect. */
  abort(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener();
  }

  /** Like `AbortSignal`: a listener added after the abort is never called, and each listener is called once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#reason === undefined) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}
