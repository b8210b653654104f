import type { LostSignal } from '../../core/backend.js';

/** Of one entry, as another member may take any. An `AbortController` for each would cost a tenth of what an event costs. */
export class Lost implements LostSignal {
  #reason: Error | undefined;
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Only the first time counts. */
  abort(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener();
  }

  /** As with an `AbortSignal`, a listener that comes too late is never called; each is called once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#reason === undefined) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}
