import type { Observer } from '../core/notices/notice.js';
import type { Check } from './check.js';

/** How the last publish ended, from its notice. */
export class LastPublish {
  #failure: { readonly error: Error; readonly at: number } | undefined;
  #isAny = false;

  readonly observe: Observer = (notice) => {
    if (notice.kind === 'published') {
      this.#isAny = true;
      this.#failure = undefined;
    } else if (notice.kind === 'publish-failed') {
      this.#isAny = true;
      this.#failure = { error: notice.error, at: performance.now() };
    }
  };

  /**
   * Always fine. A service that gets no requests because it is not ready publishes nothing, and so would never learn
   * that publishing works again.
   */
  check(): Check {
    if (!this.#isAny) return { ok: true, detail: 'has published nothing' };
    if (this.#failure === undefined) return { ok: true, detail: 'the last publish succeeded' };
    const seconds = ((performance.now() - this.#failure.at) / 1000).toFixed(0);
    return { ok: true, detail: `the last publish failed ${seconds} s ago: ${this.#failure.error.message}` };
  }
}
