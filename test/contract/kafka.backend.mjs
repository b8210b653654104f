// Loaded by the contract and by the processes that it starts.
import { kafka } from 'nest-event-bus/kafka';

/** @param {import('nest-event-bus/kafka').KafkaOptions} options */
export function createBackend(options) {
  return kafka(options);
}
