// The contract and the processes that it starts load this file.
import { kafka } from 'nest-event-bus/kafka';

/** @param {import('nest-event-bus/kafka').KafkaOptions} options */
export function createBackend(options) {
  return kafka(options);
}
