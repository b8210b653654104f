import { RecordRefusedError } from '../../core/errors.js';
import { isMissingRight, kafkaError, RIGHTS_TO_PUBLISH } from '../client/errors.js';

/**
 * Returns the error for records that a topic will never accept. It concerns this topic only; publishes to others
 * continue.
 */
export function refusal(cause: Error, topic: string): Error {
  const error = kafkaError(cause, `publish to ${topic}`, RIGHTS_TO_PUBLISH);
  return isMissingRight(error) ? new RecordRefusedError(error.message, { cause: error }) : error;
}

/** Whether a retry is useless. */
export function isFinal(error: Error): boolean {
  return refusal(error, '') instanceof RecordRefusedError;
}
