/** What every broker takes for a topic: Kafka's rule. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

/** What is wrong with the name of a topic or a group, or `undefined`: an empty one comes from a forgotten variable more often than not. */
export function nameProblem(kind: 'topic' | 'group', name: string): string | undefined {
  const isFine =
    kind === 'topic' ? TOPIC.test(name) && !/^\.\.?$/.test(name) : name.length <= 255 && /^[^\s\p{Cc}]+$/u.test(name);
  if (isFine) return undefined;
  const allowed =
    kind === 'topic' ? '1 to 249 letters, digits, ".", "_" and "-"' : '1 to 255 characters without white space';
  return `${kind}: got ${JSON.stringify(name)}; allowed: ${allowed}`;
}

/** The name of a topic at the broker: `<prefix>-<topic>`, or the topic alone when the prefix is empty, as Open edX has it. */
export function fullTopic(prefix: string | undefined, topic: string): string {
  return prefix === undefined || prefix === '' ? topic : `${prefix}-${topic}`;
}
