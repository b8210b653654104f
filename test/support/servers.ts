import { inject } from 'vitest';

/** The servers that all specs of a run share. The environment variable names one that is running already. */
const VARIABLES = {
  'kafka-3.9': 'EVENT_BUS_TEST_KAFKA',
  'kafka-4.1': 'EVENT_BUS_TEST_KAFKA_4',
  registry: 'EVENT_BUS_TEST_REGISTRY',
  redis: 'EVENT_BUS_TEST_REDIS',
  postgres: 'EVENT_BUS_TEST_POSTGRES',
} as const;

export type SharedName = keyof typeof VARIABLES;

/**
 * The address of a server that all specs of the run share: host:port for Kafka, the URL for others. It is started at
 * the first use. Rejects with what is missing and how to get it.
 *
 * Do not stop this server and do not expect it to be empty. Tests that do start their own from tools/servers.
 */
export async function sharedServer(name: SharedName): Promise<string> {
  return process.env[VARIABLES[name]] ?? ask('start', name);
}

/** Downloads what the start of a server needs. Rejects with what is missing and how to get it. */
export async function prepareServer(name: SharedName): Promise<void> {
  if (process.env[VARIABLES[name]] === undefined) await ask('prepare', name);
}

async function ask(request: 'start' | 'prepare', name: SharedName): Promise<string> {
  const response = await fetch(`${inject('servers')}/${request}/${name}`);
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(
    `${text}\nOr name one that runs with ${VARIABLES[name]}; \`npm run servers\` starts the same ones by hand.`,
  );
}
