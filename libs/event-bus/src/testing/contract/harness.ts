import type { Backend } from '../../core/backend.js';

/** The exports of a harness module. Each call opens another backend on the same broker, as another process would. */
export interface BackendModule {
  readonly createBackend: (config: unknown) => Backend | Promise<Backend>;
}

/** Cases that a backend does not pass, and the reason. */
export interface Skip {
  readonly reason: string;
  /** Exact titles of cases. */
  readonly tests: readonly string[];
}

/** The properties of a backend that the contract needs to know. */
export interface BackendHarness {
  readonly name: string;
  /**
   * The URL of an ES module with `createBackend(config)`; see {@link BackendModule}. It must be plain JavaScript,
   * because the processes that the contract starts and kills load it too.
   */
  readonly module: string | URL;
  /** The argument of `createBackend` in every process. It must be serializable as JSON. */
  readonly config: unknown;
  /** The number of partitions of a topic created by `createTopic`. Default 1. */
  readonly partitions?: number;
  /** Whether `maxInFlight` counts per partition or per process. */
  readonly inFlightScope: 'partition' | 'process';
  /**
   * `entry`: each finished record is settled on its own. `prefix`: a record is settled when all earlier records of its
   * partition are finished.
   */
  readonly settles: 'prefix' | 'entry';
  /** The size of a value that the broker rejects, in bytes. Default: one more than the backend's `maxRecordBytes`. */
  readonly oversizedBytes?: number;
  /** Cases to leave out, each with the reason why the backend cannot keep its promise. */
  readonly skip?: readonly Skip[];
  readonly limits?: Partial<Limits>;
}

/**
 * Time limits of the contract, in ms. Only `promptMs`, `handoverMs`, `takeoverMs` and `roundTripMs` are promises of the
 * backend.
 */
export interface Limits {
  /** A waiting member must get a new record within this time. Default 2,000. */
  readonly promptMs: number;
  /**
   * After a member has stopped cleanly, another must start to work within this time. It must be less than the lease or
   * session time, or the case proves nothing. Default 5,000.
   */
  readonly handoverMs: number;
  /** After a member died, another must take over its records within this time. Default 30,000. */
  readonly takeoverMs: number;
  /** A kill -9 may undo the settlement of calls that finished within this time before it. Default 500. */
  readonly roundTripMs: number;
  /**
   * How long the contract checks that nothing happens. It must be longer than the backend's polling interval. Default
   * 400.
   */
  readonly quietMs: number;
  /** The limit for everything else. Default 15,000. */
  readonly waitMs: number;
}

const defaultLimits: Limits = {
  promptMs: 2_000,
  handoverMs: 5_000,
  takeoverMs: 30_000,
  roundTripMs: 500,
  quietMs: 400,
  waitMs: 15_000,
};

export function limitsOf({ limits }: BackendHarness): Limits {
  return { ...defaultLimits, ...limits };
}

export async function openBackend({ module, config }: Pick<BackendHarness, 'module' | 'config'>): Promise<Backend> {
  const { createBackend } = (await import(module.toString())) as BackendModule;
  return createBackend(config);
}
