import { asError } from '../core/backoff.js';
import type { Connection } from './connection.js';
import { idAt } from './entry-id.js';
import { isNoStream } from './failure.js';
import { groupKey } from './keys.js';
import { pairs } from './replies.js';
import type { Reporter } from './reporter.js';
import { TRIM } from './scripts.js';

export interface TrimmingOptions {
  /** Entries older than that may go, in ms. */
  readonly retentionMs: number;
  /** A group without a living member for so long no longer keeps entries, in ms. */
  readonly groupExpiryMs: number;
  /** Between two rounds, in ms. */
  readonly everyMs: number;
  readonly reporter: Reporter;
}

/** How much of the expiry must be over before a group is said to be close to it. */
const WARNED_AFTER = 0.8;

/** Removes old entries from the streams that are published to, never one that a living group has not settled. */
export class Trimming {
  readonly #connection: () => Connection;
  readonly #options: TrimmingOptions;
  readonly #topics = new Set<string>();
  /** `expiring` or `expired` by group, so that each is said once. */
  readonly #said = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;

  constructor(connection: () => Connection, options: TrimmingOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** From now on the stream is looked after. */
  add(topic: string): void {
    if (this.#topics.has(topic)) return;
    this.#topics.add(topic);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      this.#round ??= this.#trimAll().finally(() => (this.#round = undefined));
    }, this.#options.everyMs);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  async #trimAll(): Promise<void> {
    for (const topic of this.#topics) {
      try {
        await this.#trim(topic);
      } catch (thrown) {
        if (isNoStream(thrown)) continue;
        this.#options.reporter.say({
          level: 'warn',
          what: 'Could not remove old entries, will try again',
          fields: [
            ['topic', topic],
            ['error', asError(thrown).message],
          ],
        });
      }
    }
  }

  async #trim(topic: string): Promise<void> {
    const { retentionMs, groupExpiryMs } = this.#options;
    const connection = this.#connection();
    const groups = ((await connection.send('XINFO', 'GROUPS', topic)) as readonly unknown[]).map((reply) =>
      String(pairs(reply)['name']),
    );
    const [now] = (await connection.send('TIME')) as readonly [string];
    const oldest = idAt(Number(now) * 1000 - retentionMs);
    const keys = [topic, ...groups.map((group) => groupKey(topic, group))];
    const answer = await connection.run(TRIM, keys, oldest, groupExpiryMs, groupExpiryMs * WARNED_AFTER, ...groups);
    const [, states] = answer as readonly [number, readonly (readonly [group: string, state: string, forMs: number])[]];
    for (const [group, state, forMs] of states) this.#report(topic, group, state, forMs);
  }

  #report(topic: string, group: string, state: string, forMs: number): void {
    const key = JSON.stringify([topic, group]);
    const before = this.#said.get(key);
    this.#said.set(key, state);
    if (state === 'living' || state === before) return;
    this.#options.reporter.say({
      level: 'warn',
      what:
        state === 'expired'
          ? 'A group without members no longer keeps old entries from being removed'
          : 'A group without members keeps old entries; soon it will not: start a member, or remove the group with XGROUP DESTROY',
      fields: [
        ['topic', topic],
        ['group', group],
        ['without_members_for_s', Math.round(forMs / 1000)],
      ],
    });
  }
}
