import { AccessRefusedError } from '../../core/errors.js';
import type { Outcome } from '../../core/joint-publish.js';
import type { Connection } from '../client/connection.js';
import { isFull } from '../client/failure.js';
import type { Reporter } from '../reporter.js';

/** For how long nothing may have been refused before the server counts as having room, in ms. */
const STEADY_MS = 5_000;

/** Whether the server is at its `maxmemory`, so that it refuses what is published; said when it begins, and when it is over. */
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

  /** Learns from what became of a request; answers with whether the server refused a record of it for want of memory. */
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

  /** Asks the server, where the user may: a process that only consumes is refused nothing. */
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

  /** Answers with nothing where it is not known: a user with few rights may not ask, and a cluster has many servers. */
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
  // What replicas have yet to get, and the like, does not count.
  const counted = used - Number(of('mem_not_counted_for_evict'));
  return { used, max, policy: of('maxmemory_policy'), isFull: max > 0 && counted > max };
}
