import type { Backoff } from '../../core/backoff.js';

/** The delays after failures of a partition, a broker, or a request for a producer id. */
export const BACKOFF: Backoff = { initialMs: 50, maxMs: 1_000 };
