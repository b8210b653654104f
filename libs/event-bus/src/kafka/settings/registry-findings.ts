import { UnavailableError } from '../../core/errors.js';
import type { Finding, UsedTopic } from '../../settings/finding.js';
import type { SchemaRegistry } from '../index.js';

const SUBJECT = 'schema registry';

/** Inspects the registry and its compatibility levels: the default, and those of the subjects published to. */
export async function registryFindings(
  registry: SchemaRegistry,
  topics: readonly UsedTopic[],
): Promise<readonly Finding[]> {
  try {
    await registry.ping?.();
    const general = levelFinding(SUBJECT, await registry.compatibility?.());
    const subjects = topics.flatMap(({ topic, published }) =>
      published.map(({ schema }) => `${topic}-${nameIn(schema)}`),
    );
    const own = await Promise.all(
      subjects.map(async (subject) => [subject, await registry.compatibility?.(subject)] as const),
    );
    return [
      general,
      ...own.flatMap(([subject, level]) => (level === undefined ? [] : [subjectFinding(`subject ${subject}`, level)])),
    ];
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return [
      {
        level: 'problem',
        subject: SUBJECT,
        what: error.message.replace(/\.$/, ''),
        meaning: 'Events with schemas that are not cached wait: they are neither published nor handled.',
        advice: 'Start the registry, or check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL and its credentials.',
      },
    ];
  }
}

function nameIn(schema: string): string {
  const { namespace, name } = JSON.parse(schema) as { readonly namespace: string; readonly name: string };
  return `${namespace}.${name}`;
}

/** NONE may be no level at all, so it is only a note. */
function subjectFinding(subject: string, level: string): Finding {
  const finding = levelFinding(subject, level);
  if (level !== 'NONE') return finding;
  return {
    ...finding,
    level: 'note',
    meaning: 'It accepts schemas that consumers cannot read. Apicurio also answers NONE if the default level applies.',
  };
}

function levelFinding(subject: string, level: string | undefined): Finding {
  if (level === undefined)
    return { level: 'note', subject, what: 'its compatibility level is unknown: this user may not read it' };
  const what = `its compatibility level is ${level}`;
  if (level !== 'NONE') return { level: 'ok', subject, what };
  return {
    level: 'warning',
    subject,
    what,
    meaning: 'It accepts schemas that consumers cannot read. Their events become dead letters.',
    advice: 'Set BACKWARD or a stricter level in the registry, and use event-bus schemas check in your build.',
  };
}
