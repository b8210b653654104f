// The contract and the processes that it starts load this file.
import { embedded } from 'nest-event-bus/embedded';

/** @param {import('nest-event-bus/embedded').EmbeddedOptions} options */
export function createBackend(options) {
  return embedded(options);
}
