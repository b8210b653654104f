import { SettingsError } from '../core/errors.js';
import type { TlsOptions } from '../core/tls.js';
import type { Confirmation } from './publish/publishing.js';
import type { RedisReport } from './reporter.js';
import { isUrl, placeOf, urlProblems } from './client/url.js';

/** The options of {@link redis}. */
export interface RedisOptions {
  /** `redis://` or `rediss://`, with user, password and database if needed. */
  readonly url: string;
  /** TLS options, used if the URL is `rediss://`. */
  readonly tls?: TlsOptions;
  /**
   * Further options of ioredis, for instance `tls`, or `sentinels` and `name`. With `clusterNodes` the client connects
   * to a cluster, and the options are those of a cluster client.
   */
  readonly client?: Readonly<Record<string, unknown>>;
  /** After this time without a sign of life, other members claim a member's entries, in ms. Default 30,000. */
  readonly claimMs?: number;
  /** The longest time that a read waits for new entries, in ms. Default 60,000. */
  readonly pollTimeoutMs?: number;
  /**
   * If a command has no answer after this time, the connection is made anew, in ms. The time that a read waits for new
   * entries does not count. Default 10,000.
   */
  readonly answerMs?: number;
  /**
   * Whether only one member of a group is active while the others stand by. Order then holds across members. Default
   * false.
   */
  readonly isExclusive?: boolean;
  /**
   * The approximate number of entries that a stream keeps. Publishing removes older ones, read or not. Default: all.
   */
  readonly streamMaxLen?: number;
  /**
   * The minimum age at which entries may be removed, in ms, for topics that this process publishes to or consumes.
   * Entries stay until every living group has settled them. If processes differ, the shortest time applies. Default:
   * for ever.
   */
  readonly retentionMs?: number;
  /** The same for dead letters, in ms. Default: for ever. */
  readonly deadLetterRetentionMs?: number;
  /**
   * A group without a living member for this time no longer keeps entries from being removed, in ms. Default: a week.
   */
  readonly groupExpiryMs?: number;
  /** The time between two removals of old entries, in ms. Default 60,000. */
  readonly trimEveryMs?: number;
  /** Who else must store a record before `publish` resolves. Default: nobody. */
  readonly confirmation?: Confirmation;
  /** Called with reports for the operator. Must not throw. */
  readonly observe?: (report: RedisReport) => void;
}

/** Throws `SettingsError` with all problems. */
export function check({
  url,
  tls,
  client = {},
  claimMs,
  pollTimeoutMs,
  answerMs,
  streamMaxLen,
  retentionMs,
  deadLetterRetentionMs,
  groupExpiryMs,
  trimEveryMs,
}: RedisOptions): void {
  const problems: string[] = [];
  for (const problem of urlProblems(url)) problems.push(`url: ${problem}`);
  const clusterProblem = clusterProblemOf(url, client);
  if (clusterProblem !== undefined) problems.push(clusterProblem);
  if (tls !== undefined && url.startsWith('redis:')) problems.push('tls: was given; allowed only with rediss://….');
  const isAtLeast = (name: string, value: number | undefined, least: number) => {
    if (value !== undefined && !(value >= least))
      problems.push(`${name}: ${value} was given; allowed are numbers from ${least}.`);
  };
  isAtLeast('claimMs', claimMs, 100);
  isAtLeast('pollTimeoutMs', pollTimeoutMs, 1);
  isAtLeast('answerMs', answerMs, 10);
  isAtLeast('streamMaxLen', streamMaxLen, 1);
  isAtLeast('retentionMs', retentionMs, 1);
  isAtLeast('deadLetterRetentionMs', deadLetterRetentionMs, 1);
  isAtLeast('groupExpiryMs', groupExpiryMs, 1);
  isAtLeast('trimEveryMs', trimEveryMs, 10);
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `redis: ${problem}`).join('\n'));
}

/** The same options with whole durations, because Redis accepts no fractions of a millisecond. */
export function inWholeMs(options: RedisOptions): RedisOptions {
  const whole = Object.entries(options).map(([name, value]: [string, unknown]) => [
    name,
    name.endsWith('Ms') && typeof value === 'number' ? Math.max(1, Math.round(value)) : value,
  ]);
  const { confirmation, ...others } = Object.fromEntries(whole) as RedisOptions;
  if (confirmation === undefined) return others;
  return { ...others, confirmation: { ...confirmation, withinMs: Math.max(1, Math.round(confirmation.withinMs)) } };
}

/** The first problem of the options of a cluster client, or `undefined`. */
function clusterProblemOf(url: string, { clusterNodes, keyPrefix, redisOptions }: Readonly<Record<string, unknown>>) {
  if (clusterNodes === undefined) return undefined;
  const prefix = keyPrefix ?? (redisOptions as { readonly keyPrefix?: unknown } | undefined)?.keyPrefix;
  if (typeof prefix === 'string' && prefix !== '')
    return `client: keyPrefix ${prefix} was given; on a cluster it would put a stream and its groups into different slots. Use EVENT_BUS_TOPIC_PREFIX.`;
  if (isUrl(url) && urlProblems(url).length === 0 && placeOf(url).db !== 0)
    return 'url: names a database; a cluster has database 0 alone.';
  return undefined;
}
