import { fullTopic } from '../../core/topics/topic.js';

/** The topics that have the prefix of the settings, sorted. */
export function ownTopics(prefix: string | undefined, topics: readonly string[]): readonly string[] {
  const start = fullTopic(prefix, '');
  return topics.filter((topic) => topic.startsWith(start)).toSorted();
}
