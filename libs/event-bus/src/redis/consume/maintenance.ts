import { asError } from '../../core/backoff.js';
import type { EntryId } from '../records/entry-id.js';
import { isNoGroup } from '../client/failure.js';
import type { JoinedMember, MemberContext } from './joined-member.js';
import { REMOVE_DEAD } from '../client/scripts.js';
import { groupKey } from '../keys.js';
import { GroupWatch } from './group-watch.js';

export interface MaintenanceOptions {
  /** The ids of the entries in hand. */
  heldIds(): readonly EntryId[];
  /** Called with the ids that other members own now. */
  onLost(ids: readonly EntryId[]): void;
  /** Called when the member has lost its name. */
  onAllLost(): void;
  onFailed(error: Error): void;
}

/** The longest time between two searches for entries left behind, in ms. */
const LOOK_MS = 1_000;
/**
 * After this time without a sign of life, the name of a member of another implementation is removed if it owns no
 * entries, in ms.
 */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** The periodic tasks of a member: it renews the entries, searches for entries left behind, and watches the group. */
export class Maintenance {
  readonly #context: MemberContext;
  readonly #joined: JoinedMember;
  readonly #options: MaintenanceOptions;
  readonly #watch: GroupWatch;
  #renewedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isEnded = false;

  constructor(context: MemberContext, joined: JoinedMember, options: MaintenanceOptions) {
    this.#context = context;
    this.#joined = joined;
    this.#options = options;
    this.#watch = new GroupWatch(context, joined);
  }

  /** Resolves after the first look at the group. Further rounds run on a timer. */
  async begin(): Promise<void> {
    await this.#watch.look();
    this.#schedule();
  }

  /** The position of the group at the last look. */
  get position(): EntryId | undefined {
    return this.#watch.position;
  }

  /** Stops the timer. Resolves when the current round has ended. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #schedule(): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(
      () => {
        this.#round = this.#doRound().finally(() => this.#schedule());
      },
      Math.min(LOOK_MS, this.#context.claimMs / 6),
    );
  }

  async #doRound(): Promise<void> {
    try {
      await this.#renew();
      if (this.#isEnded) return;
      await this.#look();
    } catch (error) {
      // The reader gets the same error and restores the group.
      if (!isNoGroup(error)) this.#options.onFailed(asError(error));
    }
  }

  async #renew(): Promise<void> {
    const now = performance.now();
    if (now - this.#renewedAt < this.#context.claimMs / 6) return;
    const lost = await this.#joined.renew(this.#options.heldIds());
    this.#renewedAt = now;
    if (this.#isEnded) return;
    if (lost === undefined) this.#options.onAllLost();
    else if (lost.length > 0) this.#options.onLost(lost);
  }

  async #look(): Promise<void> {
    const { connection, claimMs } = this.#context;
    const { topic, group, entrySource } = this.#joined;
    const [abandoned] = (await connection.send('XPENDING', topic, group, 'IDLE', claimMs, '-', '+', 1)) as unknown[];
    if (abandoned !== undefined) entrySource.lookAgain();
    await this.#watch.look();
    await connection.run(REMOVE_DEAD, [topic, groupKey(topic, group)], group, FORGOTTEN_MS);
  }
}
