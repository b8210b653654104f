/** The name of a topic at the broker: `<prefix>-<topic>`, or the topic alone when the prefix is empty, as Open edX has it. */
export function fullTopic(prefix: string | undefined, topic: string): string {
  return prefix === undefined || prefix === '' ? topic : `${prefix}-${topic}`;
}
