import type { Backend } from '../../core/backend.js';
import { deadLetterTopics } from '../../core/topics/dead-letter-topic.js';
import { AdminError, SettingsError } from '../../core/errors.js';
import { fullTopic } from '../../core/topics/topic.js';
import { makeRuntime } from '../../nest/runtime/runtime.js';
import { BACKENDS, type EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import type { BackendName } from '../../settings/backend-name.js';
import type { Difference, WantedTopics } from '../../settings/topic-plan.js';
import { readApp } from '../events/app.js';
import { logToStderr } from '../log.js';

export interface PlanArguments {
  readonly apply?: boolean;
  readonly app?: string;
  readonly topic: readonly string[];
  readonly group?: string;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
  /** In hours. */
  readonly retention?: number;
}

/** A difference, and whether it was made away. */
export interface Step extends Omit<Difference, 'make'> {
  readonly made: boolean;
}

const HOUR_MS = 3_600_000;

/** Yields the differences between the broker and what the code needs. With `apply`, makes what is missing. */
export async function* plan(given: PlanArguments): AsyncGenerator<Step> {
  const { settings, published } = await declared(given.app);
  const full = (topic: string) => fullTopic(settings.topicPrefix, topic);
  const consumed = given.topic.map(full);
  if (published.length + consumed.length === 0)
    throw new SettingsError(
      'No topic is declared: set EVENT_BUS_PRODUCER_CONFIG, or give --app with a module that has routes, or --topic.',
    );
  if (given.group !== undefined && consumed.length === 0)
    throw new SettingsError('--group needs --topic: a group belongs to a topic.');
  for (const name of new Set([settings.producer, settings.consumer])) {
    const unit = BACKENDS[name];
    const backend = await unit.open(settings, () => undefined);
    try {
      await backend.ping();
      const topics = [
        ...(name === settings.producer ? published.map(full) : []),
        ...(name === settings.consumer ? [...consumed, ...deadLettersOf(consumed, given.group)] : []),
      ];
      const wanted = wantedOf(given, [...new Set(topics)]);
      for (const difference of await differencesOf(name, backend, wanted)) yield step(difference, given);
      if (name === settings.consumer && given.group !== undefined)
        for (const topic of consumed)
          for (const difference of await missingGroup(backend, topic, given.group, settings))
            yield step(difference, given);
    } finally {
      await backend.close();
    }
  }

  /** Awaits the making before the next difference is looked for. */
  async function step({ make, ...difference }: Difference, { apply = false }: PlanArguments): Promise<Step> {
    const isMade = apply && make !== undefined;
    if (isMade) await make();
    return { ...difference, made: isMade };
  }
}

/** The settings, with the options of an application's module, and the topics that its routes name. */
async function declared(
  file: string | undefined,
): Promise<{ readonly settings: EventBusSettings; readonly published: readonly string[] }> {
  const app = file === undefined ? undefined : await readApp(file);
  if (app?.unknownBecause !== undefined)
    process.stderr.write(`event-bus: --app ${app.file}: its options are unknown: ${app.unknownBecause}\n`);
  const options = { ...app?.options, events: [...(app?.options.events ?? []), ...(app?.events ?? [])] };
  const runtime = await makeRuntime(options, logToStderr);
  await runtime.close();
  const { settings, routes } = runtime;
  return { settings, published: [...new Set([...routes.values()].flat().map(({ topic }) => topic))] };
}

function deadLettersOf(topics: readonly string[], group: string | undefined): readonly string[] {
  return group === undefined ? [] : topics.flatMap((topic) => deadLetterTopics(topic, group));
}

function wantedOf(given: PlanArguments, topics: readonly string[]): WantedTopics {
  const { partitions, replicationFactor, minInsyncReplicas, retention } = given;
  return {
    topics,
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
    ...(retention === undefined ? {} : { retentionMs: retention * HOUR_MS }),
  };
}

async function differencesOf(
  name: BackendName,
  backend: Backend,
  wanted: WantedTopics,
): Promise<readonly Difference[]> {
  const unit = BACKENDS[name];
  if (unit.differences !== undefined) return unit.differences(backend, wanted);
  const { topics, ...properties } = wanted;
  if (Object.keys(properties).length > 0)
    throw new SettingsError(
      `Topics of the ${name} backend have no partitions, replicas or retention of their own: leave these options out.`,
    );
  const found = await Promise.all(
    topics.map(async (topic): Promise<readonly Difference[]> => {
      if ((await groupsOf(backend, topic)) !== undefined) return [];
      return [{ subject: `topic ${topic}`, what: 'it is missing', make: () => backend.createTopic(topic) }];
    }),
  );
  return found.flat();
}

async function missingGroup(
  backend: Backend,
  topic: string,
  group: string,
  { consumerStart: start }: EventBusSettings,
): Promise<readonly Difference[]> {
  if ((await groupsOf(backend, topic))?.includes(group) === true) return [];
  const make = async () => {
    await backend.createGroup(topic, group, start);
  };
  return [{ subject: `group ${group} on ${topic}`, what: `it is missing (start: ${startText(start)})`, make }];
}

function startText(start: EventBusSettings['consumerStart']): string {
  return start instanceof Date ? start.toISOString() : start;
}

/** The names of the groups; `undefined` if the topic does not exist. */
async function groupsOf(backend: Backend, topic: string): Promise<readonly string[] | undefined> {
  try {
    return (await backend.groups(topic)).map(({ group }) => group);
  } catch (error) {
    if (error instanceof AdminError) return undefined;
    throw error;
  }
}
