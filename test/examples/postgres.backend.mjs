// Loaded by the contract and by the processes that it starts.
import { postgres } from '../../dist/examples/postgres/index.js';

/** @param {import('../../examples/src/postgres/index.js').PostgresOptions} options */
export function createBackend(options) {
  return postgres(options);
}
