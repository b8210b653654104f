/** The topic names that every broker accepts: Kafka's rule. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

/** The problem of a topic or group name, or `undefined`. Empty names usually come from an unset variable. */
export function nameProblem(kind: 'topic' | 'group', name: string): string | undefined {
  const isFine =
    kind === 'topic' ? TOPIC.test(name) && !/^\.\.?$/.test(name) : name.length <= 255 && /^[^\s\p{Cc}]+$/u.test(name);
  if (isFine) return undefined;
  const allowed =
    kind === 'topic' ? '1 to 249 letters, digits, ".", "_" and "-"' : '1 to 255 characters without white space';
  return `${kind}: got ${JSON.stringify(name)}; allowed: ${allowed}`;
}

/** The full name of a topic: `<prefix>-<topic>`, or the topic alone if the prefix is empty, as in Open edX. */
export function fullTopic(prefix: string | undefined, topic: string): string {
  return prefix === undefined || prefix === '' ? topic : `${prefix}-${topic}`;
}
