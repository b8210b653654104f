import { asError } from '../../core/backoff.js';
import type { Backend } from '../../core/backend.js';
import { isDeadLetterTopic } from '../../core/topics/dead-letter-topic.js';
import type { LagPoller } from '../../metrics/lag-poller.js';
import type { Instruments, Value } from '../../metrics/series.js';
import type { WantedGroups } from './wanted-groups.js';

export interface FollowedGroupsOptions {
  readonly backend: Backend;
  /** By full topic. Empty for all groups of all topics. */
  readonly wanted: WantedGroups;
  readonly poller: LagPoller;
  readonly instruments: Instruments;
  /** Told of the first failure in a row. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Follows the wanted groups with a lag poller, and shows their members. Groups that are not named are looked up again at
 * each {@link refresh}, so that new ones come and deleted ones go.
 */
export class FollowedGroups {
  readonly #options: FollowedGroupsOptions;
  readonly #followed = new Map<string, { readonly topic: string; readonly group: string }>();
  readonly #members = new Map<string, Value>();
  #hasFailed = false;

  constructor(options: FollowedGroupsOptions) {
    this.#options = options;
    const { wanted } = options;
    for (const [topic, groups] of wanted) for (const group of groups) this.#follow(topic, group);
  }

  /** Looks up groups and members once. Never rejects: the lag of the known groups is read in any case. */
  async refresh(): Promise<void> {
    const { wanted, onFailure } = this.#options;
    try {
      const topics = wanted.size === 0 ? await this.#topics() : [...wanted.keys()];
      const found = new Set<string>();
      // One topic after the other: nobody is in a hurry, and the broker has other work.
      for (const topic of topics) await this.#refreshTopic(topic, found);
      for (const [id, { topic, group }] of this.#followed) {
        if (found.has(id) || (wanted.get(topic) ?? []).includes(group)) continue;
        this.#followed.delete(id);
        this.#options.poller.unfollow(topic, group);
        this.#showMembers(id, undefined);
      }
      this.#hasFailed = false;
    } catch (thrown) {
      for (const id of [...this.#members.keys()]) this.#showMembers(id, undefined);
      if (!this.#hasFailed) onFailure(asError(thrown));
      this.#hasFailed = true;
    }
  }

  async #topics(): Promise<readonly string[]> {
    const topics = await this.#options.backend.topics();
    return topics.filter((topic) => !isDeadLetterTopic(topic));
  }

  async #refreshTopic(topic: string, found: Set<string>): Promise<void> {
    const groups = await this.#options.backend.groups(topic);
    const named = this.#options.wanted.get(topic) ?? [];
    for (const { group, members } of groups) {
      if (named.length > 0 && !named.includes(group)) continue;
      const id = this.#follow(topic, group);
      found.add(id);
      this.#showMembers(id, members.length);
    }
  }

  #follow(topic: string, group: string): string {
    const id = JSON.stringify([topic, group]);
    if (this.#followed.has(id)) return id;
    this.#followed.set(id, { topic, group });
    this.#options.poller.follow(topic, group);
    return id;
  }

  #showMembers(id: string, count: number | undefined): void {
    const { instruments } = this.#options;
    const known = this.#members.get(id);
    if (count === undefined) {
      if (known !== undefined) instruments.remove('event_bus_members', known);
      this.#members.delete(id);
      return;
    }
    const of = this.#followed.get(id);
    const shown = known ?? instruments.make('event_bus_members', { topic: of?.topic ?? '', group: of?.group ?? '' });
    shown.value = count;
    this.#members.set(id, shown);
  }
}
