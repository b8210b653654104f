import { SettingsError } from '../core/errors.js';
import type { Report } from './protocol.js';

/** Something about the log that an operator should know. */
export type EmbeddedReport = Report;

/** The options of {@link embedded}. */
export interface EmbeddedOptions {
  /** The file; it and its folder are made when they are missing, for this user alone. On a local disk: processes share it through memory. */
  readonly path: string;
  /** Whether the path may lie on a network drive, which is refused otherwise: then only one machine may ever use it. Default false. */
  readonly allowNetworkDrive?: boolean;
  /** The longest time between two looks for records of other processes, in ms. Default 20; while there is work it is 2. */
  readonly pollMs?: number;
  /** How long a member that gives no sign of life keeps its records, in ms. Default 3,000. */
  readonly leaseMs?: number;
  /**
   * The largest size of the file, its write-ahead log aside, in bytes, from 4 MiB; default: none. Near it publishing rejects with
   * `UnavailableError`; about 1 MiB is kept for the groups, so that they can go on.
   */
  readonly maxBytes?: number;
  /**
   * Records older than that are removed, in ms, but none that a group holds; see `groupExpiryMs`. Default: kept for ever. Dead letters have
   * a retention of their own.
   */
  readonly retentionMs?: number;
  /**
   * Dead letters that no group holds are kept for so long, in ms, and at most a quarter longer; a report counts them before they are
   * removed. Default: kept for ever.
   */
  readonly deadLetterRetentionMs?: number;
  /**
   * From this size of what is in the file on, in bytes, from 1 MiB, the oldest records go, but none that a group holds, and no
   * dead letters. At most 2 MiB below `maxBytes`. Default: none.
   */
  readonly retentionBytes?: number;
  /** A group without a member for so long, while somebody used the log, no longer holds records that it has not settled, in ms. Default: a week. */
  readonly groupExpiryMs?: number;
  /** Between two removals of old records, in ms. Default 60,000. */
  readonly trimEveryMs?: number;
  /** Told what an operator should know; must not throw. */
  readonly observe?: (report: EmbeddedReport) => void;
}

const MIB = 1024 * 1024;

/** Throws `SettingsError` with every problem. */
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
