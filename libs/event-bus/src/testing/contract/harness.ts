import type { Backend } from '../../core/backend.js';

/** What the module of a harness exports. Each call opens one more backend on the same broker, as another process would. */
export interface BackendModule {
  readonly createBackend: (config: unknown) => Backend | Promise<Backend>;
}

/** Cases that a backend does not pass, and why. */
export interface Skip {
  readonly reason: string;
  /** Titles of cases, word for word. */
  readonly tests: readonly string[];
}

/** What the contract has to know about a backend to put it to the test. */
export interface BackendHarness {
  readonly name: string;
  /**
   * URL of an ES module that exports `createBackend(config)`; see {@link BackendModule}. Plain JavaScript:
   * the processes that the contract starts, and kills, load it as well.
   */
  readonly module: string | URL;
  /** Handed to `createBackend` in every process; must survive `JSON.stringify`. */
  readonly config: unknown;
  /** How many partitions a topic of `createTopic` has. Default 1. */
  readonly partitions?: number;
  /** What `maxInFlight` counts in. */
  readonly inFlightScope: 'partition' | 'process';
  /** Whether a finished record is settled by itself (`entry`) or once all before it in its partition are finished (`prefix`). */
  readonly settles: 'prefix' | 'entry';
  /** Size of a value that the broker refuses. Default: one byte more than the backend's `maxRecordBytes`. */
  readonly oversizedBytes?: number;
  /** Cases left out, each with the reason why this backend cannot keep its promise. */
  readonly skip?: readonly Skip[];
  readonly limits?: Partial<Limits>;
}

/** Time limits of the contract, in ms. Only `promptMs`, `handoverMs`, `takeoverMs` and `roundTripMs` say something about the backend. */
export interface Limits {
  /** Within which a waiting member gets a record published now. Default 2,000. */
  readonly promptMs: number;
  /** Within which a member gets going after another has stopped cleanly; below the lease or session time, or it proves nothing. Default 5,000. */
  readonly handoverMs: number;
  /** Within which the work of a member that died without a word is taken over. Default 30,000. */
  readonly takeoverMs: number;
  /** How old a finished call may be whose settlement a kill -9 still undoes. Default 500. */
  readonly roundTripMs: number;
  /** For how long the contract looks on where nothing may happen; above the interval at which the backend polls. Default 400. */
  readonly quietMs: number;
  /** Within which anything else happens. Default 15,000. */
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
