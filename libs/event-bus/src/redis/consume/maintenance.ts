import { asError } from '../../core/backoff.js';
import type { EntryId } from '../records/entry-id.js';
import { isNoGroup } from '../client/failure.js';
import type { JoinedMember, MemberContext } from './joined-member.js';
import { REMOVE_DEAD } from '../client/scripts.js';
import { groupKey } from '../keys.js';
import { GroupWatch } from './group-watch.js';

export interface MaintenanceOptions {
  /** What is in hand now. */
  heldIds(): readonly EntryId[];
  /** Other members have these by now. */
  onLost(ids: readonly EntryId[]): void;
  /** The member is no longer there. */
  onAllLost(): void;
  onFailed(error: Error): void;
}

/** The longest time between two looks at what others left behind, in ms. */
const LOOK_MS = 1_000;
/** After so long without a sign of life the name of a member that is not ours is removed, if it owns nothing, in ms. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** Runs beside a member's work: renews its entries, looks for entries that other members left behind, and watches the group. */
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

  /** Resolves once the group has been looked at; from then on everything goes by itself. */
  async begin(): Promise<void> {
    await this.#watch.look();
    this.#schedule();
  }

  /** Where the group stood when it was last looked at. */
  get position(): EntryId | undefined {
    return this.#watch.position;
  }

  /** Does nothing more; resolves when nothing is under way. */
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
      // The reader meets it as well, and makes the group again.
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
