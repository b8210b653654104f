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

/** Returns a parser of a number of seconds within these bounds. */
export function secondsArgument(least: number, most: number): (text: string) => number {
  return (text) => {
    const seconds = Number(text);
    if (seconds >= least && seconds <= most) return seconds;
    throw new InvalidArgumentError(`Allowed: a number of seconds from ${least} to ${most}.`);
  };
}

function named(kind: 'topic' | 'group', text: string): string {
  const problem = nameProblem(kind, text);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return text;
}
