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

/** Everything that can be run, by its name. */
export declare const TRIALS: Readonly<Record<string, Trial>>;

export interface TrialOptions {
  readonly side: 'ours' | 'librdkafka';
  /** What publishes to a group. Default librdkafka. */
  readonly publisher?: 'ours' | 'librdkafka';
  /** Records a second. */
  readonly rate: number;
  /** How many brokers are broken, one after the other. */
  readonly rounds: number;
  /** Default 30,000. */
  readonly publishTimeoutMs?: number;
}

export interface TrialResult {
  /** The goals that were missed, in words. */
  readonly broken: readonly string[];
}

/** Rejects when it could not be carried out, which says nothing about who was tried. */
export function runTrial(cluster: Cluster, name: string, options: TrialOptions): Promise<TrialResult>;

/** The rows of docs/guarantees.md; under a group that `ours` publishes to, of both. */
export function rowsOf(
  name: string,
  run: Pick<TrialOptions, 'rate' | 'publisher'> & { readonly version: KafkaVersion; readonly result: TrialResult },
): readonly object[];

/** Keeps a row for `npm run guarantees`. */
export function keepRow(row: object): void;

/** A Python with librdkafka, installed when it is first asked for. Rejects when it cannot be had. */
export function findPython(): Promise<string>;
