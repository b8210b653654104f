import { InvalidArgumentError } from 'commander';
import { nameProblem } from '../core/topics/topic.js';

/** Checks the name of a topic, without prefix. */
export function topicArgument(text: string): string {
  return named('topic', text);
}

/** Checks the name of a group. */
export function groupArgument(text: string): string {
  return named('group', text);
}

function named(kind: 'topic' | 'group', text: string): string {
  const problem = nameProblem(kind, text);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return text;
}
