import { asError } from '../../core/backoff.js';
import type { Backend } from '../../core/backend.js';
import type { EventDefinition } from '../../core/event/event.js';
import { fullTopic } from '../../core/topics/topic.js';
import { loadRoutes } from '../../nest/runtime/load-routes.js';
import { BACKENDS, type EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import { inspectSettings } from '../../nest/settings/read-settings.js';
import type { BackendName } from '../../settings/backend-name.js';
import type { Finding, UsedTopic } from '../../settings/finding.js';
import { logToStderr } from '../log.js';
import { versionFindings } from './versions.js';

/** Inspects everything that the settings name. `consumed` are topics without prefix. Never rejects. */
export async function* findings(consumed: readonly string[]): AsyncGenerator<Finding> {
  const { settings, problems } = inspectSettings();
  const { definitions, routes, problems: wrong } = await loadRoutes(settings);
  const all = [...problems, ...wrong];
  for (const problem of all) yield settingFinding(problem);
  const names = [...new Set([settings.producer, settings.consumer])];
  if (all.length === 0)
    yield {
      level: 'ok',
      subject: 'settings',
      what: `they are valid; events are published to ${settings.producer} and consumed from ${settings.consumer}`,
    };
  yield* versionFindings(names.flatMap((name) => BACKENDS[name].clients));
  if (settings.serviceName === undefined)
    yield {
      level: 'note',
      subject: 'settings',
      what: 'EVENTS_SERVICE_NAME is not set',
      meaning: 'Events do not say which service published them.',
      advice: 'Set it to the name of this service.',
    };
  if (all.length > 0) return;
  for (const name of names) yield* ofBackend(name, settings, usedTopics(name));

  function usedTopics(name: BackendName): readonly UsedTopic[] {
    const used = new Map<string, { published: EventDefinition[]; isConsumed: boolean }>();
    const use = (topic: string) => {
      const full = fullTopic(settings.topicPrefix, topic);
      const known = used.get(full) ?? { published: [], isConsumed: false };
      used.set(full, known);
      return known;
    };
    if (name === settings.producer)
      for (const [type, topics] of routes)
        for (const { topic } of topics) use(topic).published.push(...[definitions.get(type) ?? []].flat());
    if (name === settings.consumer) for (const topic of consumed) use(topic).isConsumed = true;
    return [...used].map(([topic, use]) => ({ topic, ...use }));
  }
}

function settingFinding(problem: string): Finding {
  return {
    level: 'problem',
    subject: 'settings',
    what: problem.replace(/\.$/, ''),
    meaning: 'No service starts with these settings.',
    advice: 'Correct the setting. event-bus settings explains each.',
  };
}

async function* ofBackend(
  name: BackendName,
  settings: EventBusSettings,
  topics: readonly UsedTopic[],
): AsyncGenerator<Finding> {
  const unit = BACKENDS[name];
  let backend: Backend | undefined;
  try {
    backend = await unit.open(settings, quiet());
    await backend.ping();
    yield {
      level: 'ok',
      subject: name,
      what: `it answers${backend.location === undefined ? '' : ` at ${backend.location}`}`,
    };
    yield* await unit.inspect(backend, settings, topics);
  } catch (error) {
    yield {
      level: 'problem',
      subject: name,
      what: asError(error).message.replace(/\.$/, ''),
      meaning: 'Services cannot use the bus with these settings.',
    };
  } finally {
    await backend?.close();
  }
}

/** The reports of a backend repeat what it finds, except warnings about itself. */
function quiet(): ReturnType<typeof logToStderr> {
  const log = logToStderr();
  return (notice) => {
    if (notice.kind !== 'backend-report') log(notice);
  };
}
