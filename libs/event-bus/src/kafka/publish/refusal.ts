import { RecordRefusedError } from '../../core/errors.js';
import { isMissingRight, kafkaError, RIGHTS_TO_PUBLISH } from '../client/errors.js';

/** Why records of a topic are not taken and never will be. It is about this topic alone; what is for others must go on. */
export function refusal(cause: Error, topic: string): Error {
  const error = kafkaError(cause, `publish to ${topic}`, RIGHTS_TO_PUBLISH);
  return isMissingRight(error) ? new RecordRefusedError(error.message, { cause: error }) : error;
}

/** Whether asking again is of no use. */
export function isFinal(error: Error): boolean {
  return refusal(error, '') instanceof RecordRefusedError;
}
