import { AccessRefusedError } from '../../core/errors.js';
import type { Outcome } from '../../core/publish/joint-publish.js';
import type { Connection } from '../client/connection.js';
import { isFull } from '../client/failure.js';
import type { Reporter } from '../reporter.js';

/** The server counts as having room after this time without a refusal, in ms. */
const STEADY_MS = 5_000;

/** Tracks whether the server is at its `maxmemory` and refuses writes. Reports the beginning and the end. */
export class Fullness {
  readonly #reporter: Reporter;
  #since: number | undefined;
  #refused = 0;
  #refusedAt = -Infinity;
  #mayAsk = true;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get isFull(): boolean {
    return this.#since !== undefined;
  }

  /**
   * Updates the state from the outcomes of a request. Returns whether the server refused a record for lack of memory.
   */
  learn(connection: Connection, outcomes: readonly Outcome[]): boolean {
    let refused = 0;
    for (const outcome of outcomes) if (outcome instanceof Error && isFull(outcome)) refused += 1;
    if (refused === 0) {
      if (this.isFull && outcomes.some((outcome) => typeof outcome === 'string')) this.#hasRoom(connection);
      return false;
    }
    this.#refused += refused;
    this.#refusedAt = performance.now();
    if (!this.isFull) {
      this.#since = performance.now();
      void this.#ask(connection).then((memory) => this.#sayFull(connection, memory));
    }
    return true;
  }

  /** Asks the server for its memory, because a process that only consumes sees no refusals. */
  async look(connection: Connection): Promise<void> {
    const memory = await this.#ask(connection);
    if (memory === undefined) return;
    if (!memory.isFull) this.#hasRoom(connection);
    else if (!this.isFull) {
      this.#since = performance.now();
      this.#sayFull(connection, memory);
    }
  }

  #hasRoom({ where }: Connection): void {
    const now = performance.now();
    if (this.#since === undefined || now - this.#refusedAt < STEADY_MS) return;
    this.#reporter.say({
      level: 'info',
      what: 'Redis has memory again and accepts published events',
      fields: [
        ['server', where],
        ['full_for_s', Math.round((now - this.#since) / 1000)],
        ['refused', this.#refused],
      ],
    });
    this.#since = undefined;
    this.#refused = 0;
  }

  #sayFull({ where }: Connection, memory: Memory | undefined): void {
    this.#reporter.say({
      level: 'error',
      what:
        'Redis is full and refuses published events and dead letters. Consumers continue. Events that all groups have handled are removed ' +
        'when they are older than EVENT_BUS_REDIS_RETENTION. Raise maxmemory, shorten the retention, or start the consumers that are behind',
      fields: [
        ['server', where],
        ['used_bytes', memory?.used ?? 'unknown'],
        ['max_bytes', memory?.max ?? 'unknown'],
        ['policy', memory?.policy ?? 'unknown'],
      ],
    });
  }

  /** `undefined` if unknown: on a cluster, which has many servers, or if the user may not run INFO. */
  async #ask(connection: Connection): Promise<Memory | undefined> {
    if (!this.#mayAsk || connection.isCluster) return undefined;
    try {
      return memoryIn(String(await connection.send('INFO', 'memory')));
    } catch (error) {
      this.#mayAsk = !(error instanceof AccessRefusedError);
      return undefined;
    }
  }
}

interface Memory {
  readonly used: number;
  readonly max: number;
  readonly policy: string;
  readonly isFull: boolean;
}

function memoryIn(info: string): Memory {
  const of = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const [used, max] = [Number(of('used_memory')), Number(of('maxmemory'))];
  // The server does not count replication buffers and the like against `maxmemory`.
  const counted = used - Number(of('mem_not_counted_for_evict'));
  return { used, max, policy: of('maxmemory_policy'), isFull: max > 0 && counted > max };
}
