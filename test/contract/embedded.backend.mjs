// Loaded by the contract and by the processes that it starts.
import { embedded } from 'nest-event-bus/embedded';

/** @param {import('nest-event-bus/embedded').EmbeddedOptions} options */
export function createBackend(options) {
  return embedded(options);
}
