import { SettingsError } from '../core/errors.js';
import type { Report } from './thread/protocol.js';

/** A report about the log for the operator. */
export type EmbeddedReport = Report;

/** The options of {@link embedded}. */
export interface EmbeddedOptions {
  /**
   * The file. It and its folder are created if needed, readable for this user only. It must be on a local disk, because
   * the processes also share memory.
   */
  readonly path: string;
  /**
   * Whether the path may be on a network drive. Then only one machine may ever use it. Default false: such a path is
   * refused.
   */
  readonly allowNetworkDrive?: boolean;
  /**
   * The longest time between two checks for records of other processes, in ms. Default 20. While there is work, it is
   * 2.
   */
  readonly pollMs?: number;
  /** How long a member without a sign of life keeps its records, in ms. Default 3,000. */
  readonly leaseMs?: number;
  /**
   * The maximum size of the file in bytes, without its write-ahead log, at least 4 MiB. Default: no limit. Near the
   * maximum, publishing rejects with `UnavailableError`; about 1 MiB is reserved so that the groups can continue.
   */
  readonly maxBytes?: number;
  /**
   * Records older than this are removed, in ms, except those that a group holds; see `groupExpiryMs`. Default: never.
   * Dead letters have their own retention.
   */
  readonly retentionMs?: number;
  /**
   * How long dead letters are kept, in ms, except those that a group holds. Removal is up to a quarter of this time
   * late. A report counts them before they are removed. Default: for ever.
   */
  readonly deadLetterRetentionMs?: number;
  /**
   * If the contents of the file exceed this size in bytes, at least 1 MiB, the oldest records are removed, except dead
   * letters and records that a group holds. Must be at least 2 MiB below `maxBytes`. Default: no limit.
   */
  readonly retentionBytes?: number;
  /**
   * A group without a member for this time no longer holds unsettled records, in ms. Only time in which the log was in
   * use counts. Default: a week.
   */
  readonly groupExpiryMs?: number;
  /** The time between two removals of old records, in ms. Default 60,000. */
  readonly trimEveryMs?: number;
  /** Called with reports for the operator. Must not throw. */
  readonly observe?: (report: EmbeddedReport) => void;
}

const MIB = 1024 * 1024;

/** Throws `SettingsError` with all problems. */
export function check(options: EmbeddedOptions): void {
  const { path, pollMs, leaseMs, maxBytes } = options;
  const { retentionMs, deadLetterRetentionMs, retentionBytes, groupExpiryMs, trimEveryMs } = options;
  const problems: string[] = [];
  if (path === '' || path.startsWith(':')) problems.push(`path: "${path}" was given; allowed is the path of a file.`);
  const isAtLeast = (name: string, value: number | undefined, least: number) => {
    if (value !== undefined && !(value >= least))
      problems.push(`${name}: ${value} was given; allowed are numbers from ${least}.`);
  };
  isAtLeast('pollMs', pollMs, 1);
  isAtLeast('leaseMs', leaseMs, 100);
  isAtLeast('maxBytes', maxBytes, 4 * MIB);
  isAtLeast('retentionMs', retentionMs, 1);
  isAtLeast('deadLetterRetentionMs', deadLetterRetentionMs, 1);
  isAtLeast('retentionBytes', retentionBytes, MIB);
  isAtLeast('groupExpiryMs', groupExpiryMs, 1);
  isAtLeast('trimEveryMs', trimEveryMs, 10);
  if (retentionBytes !== undefined && maxBytes !== undefined && retentionBytes > maxBytes - 2 * MIB)
    problems.push(
      `retentionBytes: ${retentionBytes} was given; allowed are numbers up to ${maxBytes - 2 * MIB}, 2 MiB below maxBytes.`,
    );
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `embedded: ${problem}`).join('\n'));
}
