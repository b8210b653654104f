import { Command } from 'commander';
import { SettingsError } from '../../core/errors.js';
import { fullTopic } from '../../core/topics/topic.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { type Environment, readSettings } from '../../nest/settings/read-settings.js';
import { parseBackendName } from '../../settings/backend-name.js';
import { groupArgument, topicArgument } from '../name-arguments.js';
import type { ConsumerPlan } from './consumer-plan.js';
import { manifestText } from './manifest-text.js';
import { maxReplicas } from './max-replicas.js';
import { imageArgument, labelArgument, nameArgument, objectName, wholeArgument } from './names.js';
import { podEnvironment } from './pod-environment.js';

interface ManifestArguments {
  readonly topic: string;
  readonly group: string;
  readonly image: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly secret?: string;
  readonly backend?: string;
  readonly min: number;
  readonly max?: number;
  readonly lag: number;
  readonly activationLag: number;
}

const REPLICAS = 1_000;
const EVENTS = 1_000_000_000;
const HEALTH_PORT = '8080';

/** `event-bus manifests`. */
export function manifestsCommand(): Command {
  return new Command('manifests')
    .description(
      'Prints the Kubernetes objects of a consumer, with KEDA scaling it from zero by its lag. The settings come from the environment; secrets are referred to, never printed.',
    )
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .requiredOption('--group <group>', 'the group', groupArgument)
    .requiredOption('--image <image>', 'the image, which starts the consumer and takes its arguments', imageArgument)
    .option('--name <name>', 'the name of the objects (default: the topic and the group)', nameArgument)
    .option('--namespace <namespace>', 'the namespace (default: that of kubectl)', labelArgument)
    .option('--secret <name>', 'the Secret with the secret settings (default: the name of the objects)', labelArgument)
    .option('--backend <backend>', 'kafka or redis (default: EVENT_BUS_CONSUMER)')
    .option('--min <n>', 'the smallest number of pods', wholeArgument(0, REPLICAS), 0)
    .option(
      '--max <n>',
      'the largest number of pods (default: the partitions of the topic on Kafka, asked from the broker; 10 on Redis, 2 with EVENT_BUS_REDIS_EXCLUSIVE)',
      wholeArgument(1, REPLICAS),
    )
    .option('--lag <n>', 'the number of waiting events for each pod', wholeArgument(1, EVENTS), 100)
    .option('--activation-lag <n>', 'the lag that does not start the first pod', wholeArgument(0, EVENTS), 0)
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 printed, ${EXIT.usage} wrong usage or settings, unknown topic, ${EXIT.unavailable} broker not reachable.`,
    )
    .action(manifests);
}

async function manifests(given: ManifestArguments): Promise<void> {
  const { text, warnings } = manifestText(await planOf(given));
  for (const warning of warnings) process.stderr.write(`event-bus: ${warning}\n`);
  process.stdout.write(text);
}

async function planOf({ topic, group, image, min, max, ...given }: ManifestArguments): Promise<ConsumerPlan> {
  const env = podVariables(given.backend, process.env);
  checkHealthPort(env['EVENT_BUS_HEALTH_PORT']);
  const settings = readSettings({}, env);
  const { consumer: backend, producer, topicPrefix } = settings;
  if (backend === 'embedded' || producer === 'embedded')
    throw new SettingsError(
      `${backend === 'embedded' ? 'EVENT_BUS_CONSUMER' : 'EVENT_BUS_PRODUCER'} is embedded: the file is on one machine, so its consumers cannot run in several pods. Set it to kafka or redis, or give --backend.`,
    );
  if (settings.kafkaInstanceId !== undefined)
    throw new SettingsError(
      'EVENT_BUS_KAFKA_INSTANCE_ID: got a text; allowed: nothing, because all pods would get it and each needs its own. Pods of a Deployment have no lasting names.',
    );
  const name = given.name ?? objectName(topic, group);
  const full = fullTopic(topicPrefix, topic);
  const most = max ?? (await maxReplicas(full, settings));
  if (min > most)
    throw new SettingsError(`--min: got ${min}; allowed: at most --max, ${most}${max === undefined ? ' here' : ''}.`);
  return {
    name,
    namespace: given.namespace,
    image,
    topic,
    fullTopic: full,
    group,
    backend,
    settings,
    environment: podEnvironment([backend, producer], env),
    secret: given.secret ?? name,
    minReplicas: min,
    maxReplicas: most,
    lag: given.lag,
    activationLag: given.activationLag,
  };
}

/** The environment that the pods get: the given one, complete for production. */
function podVariables(backend: string | undefined, env: Environment): Environment {
  const consumer = parseBackendName(backend ?? (env['EVENT_BUS_CONSUMER'] || 'embedded'));
  return {
    ...env,
    NODE_ENV: 'production',
    EVENT_BUS_CONSUMER: consumer,
    EVENT_BUS_PRODUCER: parseBackendName(env['EVENT_BUS_PRODUCER'] || consumer),
    EVENT_BUS_HEALTH_PORT: env['EVENT_BUS_HEALTH_PORT'] || HEALTH_PORT,
  };
}

function checkHealthPort(text = ''): void {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return;
  throw new SettingsError(
    `EVENT_BUS_HEALTH_PORT: got ${JSON.stringify(text)}; allowed: a whole number from 1 to 65535.`,
  );
}
