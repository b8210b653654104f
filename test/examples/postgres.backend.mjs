// The contract and the processes that it starts load this file.
import { postgres } from '../../dist/examples/postgres/index.js';

/** @param {import('../../examples/src/postgres/index.js').PostgresOptions} options */
export function createBackend(options) {
  return postgres(options);
}
