import { asError } from '../../core/backoff.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';

/** Acknowledges entries, one request at a time. Entries that finish meanwhile go with the next request. */
export class Settling {
  readonly #connection: Connection;
  readonly #topic: string;
  readonly #group: string;
  readonly #onFailed: (error: Error) => void;
  #finished: EntryId[] = [];
  #sending: Promise<void> | undefined;

  constructor(
    connection: Connection,
    {
      topic,
      group,
      onFailed,
    }: { readonly topic: string; readonly group: string; readonly onFailed: (error: Error) => void },
  ) {
    this.#connection = connection;
    this.#topic = topic;
    this.#group = group;
    this.#onFailed = onFailed;
  }

  add(id: EntryId): void {
    this.#finished.push(id);
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when all added entries are settled or could not be settled. */
  async drained(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  async #sendAll(): Promise<void> {
    // Entries that finish in the same tick share one request.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    try {
      while (this.#finished.length > 0) {
        const ids = this.#finished;
        this.#finished = [];
        await this.#connection.send('XACK', this.#topic, this.#group, ...ids);
      }
    } catch (error) {
      this.#onFailed(asError(error));
    } finally {
      this.#sending = undefined;
    }
  }
}
