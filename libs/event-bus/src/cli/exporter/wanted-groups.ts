import { SettingsError } from '../../core/errors.js';

/** The groups that the command line names, by topic without prefix. A topic without groups means all of its groups. */
export type WantedGroups = ReadonlyMap<string, readonly string[]>;

/** Collects `--topic` and `--group` in their order: a group belongs to the topic before it. */
export class WantedGroupsParser {
  readonly #groups = new Map<string, string[]>();
  #last: string[] | undefined;

  topic(name: string): void {
    const groups = this.#groups.get(name) ?? [];
    this.#groups.set(name, groups);
    this.#last = groups;
  }

  /** Throws `SettingsError` if there is no topic before the group. */
  group(name: string): void {
    if (this.#last === undefined)
      throw new SettingsError(`--group ${name}: name its topic first, as in --topic orders --group ${name}.`);
    if (!this.#last.includes(name)) this.#last.push(name);
  }

  get wanted(): WantedGroups {
    return this.#groups;
  }
}
