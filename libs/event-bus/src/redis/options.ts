import { SettingsError } from '../core/errors.js';
import type { TlsOptions } from '../core/tls.js';
import type { Confirmation } from './publish/publishing.js';
import type { RedisReport } from './reporter.js';
import { isUrl, placeOf, urlProblems } from './client/url.js';

/** The options of {@link redis}. */
export interface RedisOptions {
  /** `redis://` or `rediss://`, with user, password and database as they are needed. */
  readonly url: string;
  /** How to speak TLS, where the URL is `rediss://`. */
  readonly tls?: TlsOptions;
  /** Further options of ioredis: `tls`, `sentinels` with `name`, …; with `clusterNodes` it is a cluster, and they are its options. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** A member that gives no sign of life for so long loses its entries to others, in ms. Default 30,000. */
  readonly claimMs?: number;
  /** How long one read may wait for new entries, in ms. Default 60,000. */
  readonly pollTimeoutMs?: number;
  /** After so long without an answer a connection is given up and made again, in ms; waiting for new entries aside. Default 10,000. */
  readonly answerMs?: number;
  /** Whether one member of a group works at a time and the others stand by, so that order holds across them. Default false. */
  readonly isExclusive?: boolean;
  /** About how many entries a stream keeps; older ones go when something is published, read or not. Default: all. */
  readonly streamMaxLen?: number;
  /**
   * How long entries of topics that are published to or consumed here are kept at least, in ms; never removed before every living group has
   * settled them. Where processes differ, the shortest holds. Default: for ever.
   */
  readonly retentionMs?: number;
  /** The same for dead letters, in ms. Default: kept for ever. */
  readonly deadLetterRetentionMs?: number;
  /** A group without a living member for so long no longer keeps entries from being removed, in ms. Default: a week. */
  readonly groupExpiryMs?: number;
  /** Between two removals of old entries, in ms. Default 60,000. */
  readonly trimEveryMs?: number;
  /** Who else must have what was published before it counts as taken. Default: nobody. */
  readonly confirmation?: Confirmation;
  /** Told what an operator should know; must not throw. */
  readonly observe?: (report: RedisReport) => void;
}

/** Throws `SettingsError` with every problem. */
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

/** The same options, each duration a whole number: Redis takes no fractions of a millisecond. */
export function inWholeMs(options: RedisOptions): RedisOptions {
  const whole = Object.entries(options).map(([name, value]: [string, unknown]) => [
    name,
    name.endsWith('Ms') && typeof value === 'number' ? Math.max(1, Math.round(value)) : value,
  ]);
  const { confirmation, ...others } = Object.fromEntries(whole) as RedisOptions;
  if (confirmation === undefined) return others;
  return { ...others, confirmation: { ...confirmation, withinMs: Math.max(1, Math.round(confirmation.withinMs)) } };
}

/** What a cluster cannot have. */
function clusterProblemOf(url: string, { clusterNodes, keyPrefix, redisOptions }: Readonly<Record<string, unknown>>) {
  if (clusterNodes === undefined) return undefined;
  const prefix = keyPrefix ?? (redisOptions as { readonly keyPrefix?: unknown } | undefined)?.keyPrefix;
  if (typeof prefix === 'string' && prefix !== '')
    return `client: keyPrefix ${prefix} was given; on a cluster it would put a stream and its groups into different slots. Use EVENT_BUS_TOPIC_PREFIX.`;
  if (isUrl(url) && urlProblems(url).length === 0 && placeOf(url).db !== 0)
    return 'url: names a database; a cluster has database 0 alone.';
  return undefined;
}
