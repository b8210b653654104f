import { inject } from 'vitest';

/** The servers that all specs of a run share, and the environment variable that names one that runs already. */
const VARIABLES = {
  'kafka-3.9': 'EVENT_BUS_TEST_KAFKA',
  'kafka-4.1': 'EVENT_BUS_TEST_KAFKA_4',
  registry: 'EVENT_BUS_TEST_REGISTRY',
  redis: 'EVENT_BUS_TEST_REDIS',
  postgres: 'EVENT_BUS_TEST_POSTGRES',
} as const;

export type SharedName = keyof typeof VARIABLES;

/**
 * The address of a server that all specs of the run share: host:port of Kafka, the URL of the others. It is started when it is first asked
 * for. Rejects when it cannot be started, saying what is missing and how to get it. Nobody may stop it or assume that it is empty:
 * tests that do start their own from tools/servers.
 */
export async function sharedServer(name: SharedName): Promise<string> {
  return process.env[VARIABLES[name]] ?? ask('start', name);
}

/** Gets what the start of a server needs. Rejects when it is not to be had, saying what is missing and how to get it. */
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
