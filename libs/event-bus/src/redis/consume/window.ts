import type { EntryId } from '../records/entry-id.js';
import { Lost } from './lost.js';

/** One call of the handler. */
export interface Call {
  readonly id: EntryId;
  readonly lost: Lost;
  hasEnded: boolean;
}

/**
 * The calls from the oldest unfinished one to the newest, in the order in which they started. Finished calls in between
 * count too.
 */
export class Window {
  readonly #size: number;
  #calls: Call[] = [];
  readonly #open = new Map<EntryId, Call>();

  constructor(size: number) {
    this.#size = size;
  }

  /**
   * How many entries may be requested now: at most half the window, so that one half is fetched while the other is
   * handled.
   */
  get room(): number {
    const oldest = this.#calls.findIndex(({ hasEnded }) => !hasEnded);
    this.#calls.splice(0, oldest === -1 ? this.#calls.length : oldest);
    return Math.max(0, Math.min(Math.ceil(this.#size / 2), this.#size - this.#calls.length));
  }

  /** The ids of all unfinished calls. */
  get openIds(): readonly EntryId[] {
    return [...this.#open.keys()];
  }

  /** The ids of unfinished calls whose entries this member still owns. */
  get heldIds(): readonly EntryId[] {
    return this.openCalls.flatMap(({ id, lost }) => (lost.aborted ? [] : [id]));
  }

  get openCalls(): readonly Call[] {
    return [...this.#open.values()];
  }

  has(id: EntryId): boolean {
    return this.#open.has(id);
  }

  get(id: EntryId): Call | undefined {
    return this.#open.get(id);
  }

  add(id: EntryId): Call {
    const call: Call = { id, lost: new Lost(), hasEnded: false };
    this.#calls.push(call);
    this.#open.set(id, call);
    return call;
  }

  end(call: Call): void {
    call.hasEnded = true;
    if (this.#open.get(call.id) === call) this.#open.delete(call.id);
  }
}
