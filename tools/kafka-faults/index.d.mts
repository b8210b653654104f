import type { KafkaVersion } from '../servers/index.mjs';

/** Three brokers to break; see `npm run faults:kafka -- --help`. */
export interface Cluster {
  readonly logs: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export function openCluster(options?: { readonly version?: KafkaVersion }): Promise<Cluster>;

export interface Trial {
  readonly kind: 'publish' | 'group' | 'rolling' | 'beside';
  readonly title: string;
}

/** All trials by name. */
export declare const TRIALS: Readonly<Record<string, Trial>>;

export interface TrialOptions {
  readonly side: 'ours' | 'librdkafka';
  /** The publisher for a group. Default librdkafka. */
  readonly publisher?: 'ours' | 'librdkafka';
  /** Records per second. */
  readonly rate: number;
  /** The number of brokers to break, one after another. */
  readonly rounds: number;
  /** Default 30,000. */
  readonly publishTimeoutMs?: number;
}

export interface TrialResult {
  /** The goals that were missed, as text. */
  readonly broken: readonly string[];
}

/** Runs a trial. Rejects if the trial could not be carried out, which says nothing about the client under test. */
export function runTrial(cluster: Cluster, name: string, options: TrialOptions): Promise<TrialResult>;

/** The rows for docs/guarantees.md. If `ours` published to a group, there are rows for both. */
export function rowsOf(
  name: string,
  run: Pick<TrialOptions, 'rate' | 'publisher'> & { readonly version: KafkaVersion; readonly result: TrialResult },
): readonly object[];

/** Stores a row for `npm run guarantees`. */
export function keepRow(row: object): void;

/** A Python with librdkafka, installed at the first use. Rejects if it cannot be installed. */
export function findPython(): Promise<string>;
