import { describe, it } from 'vitest';
import { findPython as findLibrdkafka } from '../../tools/kafka-faults/index.mjs';
import { kafka, prepareRedisCluster, prepareSecuredKafka, promtool, redisCluster } from '../../tools/servers/index.mjs';
import { findPython } from './python.js';
import { type SharedName, prepareServer, sharedServer } from './servers.js';

/** Name → the value that tests receive. */
type Found = {
  /** The path of an interpreter with the packages for Open edX events. */
  readonly python: string;
  /** The same, with the packages for Kafka and Redis. */
  readonly 'python-brokers': string;
  /** Starts Kafka 3.9 or 4.1 with passwords and certificates, for one test only. */
  readonly 'kafka-secured': typeof kafka;
  /** The path of an interpreter with librdkafka. Three brokers of Kafka 3.9 can be started too. */
  readonly 'kafka-cluster': string;
  /** Starts a Redis cluster for one test only. */
  readonly 'redis-cluster': typeof redisCluster;
  /** The path of promtool. */
  readonly promtool: string;
} & {
  /** Starts the server that all specs share and resolves with its address. If that fails, the test fails too. */
  readonly [Name in SharedName]: () => Promise<string>;
};

const PYTHON = 'Python 3.11 or newer as `python3`, with venv and pip, and a package index that pip can reach';
const JAVA = 'Java 17 or newer as `java`, and `mvn` with a repository that it can reach, or Docker';

/**
 * The possible requirements of tests besides Node. `find` rejects with the reason if something is missing; `howTo`
 * tells how to get it.
 */
const REQUIREMENTS: { readonly [Name in keyof Found]: Requirement<Found[Name]> } = {
  python: { find: () => findPython(), howTo: PYTHON },
  'python-brokers': { find: () => findPython('test/interop/python/brokers.txt'), howTo: PYTHON },
  'kafka-3.9': server('kafka-3.9', JAVA),
  'kafka-4.1': server('kafka-4.1', JAVA),
  registry: server('registry', JAVA),
  'redis-cluster': {
    howTo: '`redis-server` 7, outside of Docker',
    find: async () => {
      await prepareServer('redis');
      await prepareRedisCluster();
      return redisCluster;
    },
  },
  'kafka-secured': {
    howTo: 'Java 17 or newer as `java`, and `mvn` with a repository that it can reach, outside of Docker',
    find: async () => {
      // Runs in the main process, so that two workers do not download the same files.
      await Promise.all([prepareServer('kafka-3.9'), prepareServer('kafka-4.1')]);
      await prepareSecuredKafka('3.9');
      return kafka;
    },
  },
  'kafka-cluster': {
    howTo: `Java 17 or newer as \`java\`, and \`mvn\` with a repository that it can reach, outside of Docker; and ${PYTHON}`,
    find: async () => {
      await prepareServer('kafka-3.9');
      await prepareSecuredKafka('3.9');
      return findLibrdkafka();
    },
  },
  promtool: { howTo: '`promtool`, or Debian’s `apt-get` with a mirror that it can reach', find: promtool },
  redis: server('redis', 'Redis 7 as `redis-server`, or Docker'),
  postgres: server('postgres', 'PostgreSQL 15 or newer as `postgres` and `initdb`'),
};

interface Requirement<What> {
  readonly find: () => Promise<What>;
  readonly howTo: string;
}

/**
 * Defines tests that need something besides Node. `tests` receives what was found. Await it at the top of a file.
 *
 * If the requirement is missing, the tests are skipped and listed with the reason at the end of the run. With
 * EVENT_BUS_TEST_REQUIRE=all (or with the name), they fail.
 */
export async function requires<Name extends keyof Found>(
  name: Name,
  title: string,
  tests: (found: Found[Name]) => void | Promise<void>,
): Promise<void> {
  const { find, howTo }: Requirement<Found[Name]> = REQUIREMENTS[name];
  let found: Found[Name];
  try {
    found = await find();
  } catch (error) {
    const reason = `needs ${howTo}; here: ${error instanceof Error ? error.message : String(error)}`;
    describe(title, () => {
      it(`has ${name}`, ({ skip }) => {
        if (isDemanded(name)) throw new Error(reason);
        skip(reason);
      });
    });
    return;
  }
  describe(title, () => tests(found));
}

function server(name: SharedName, howTo: string): Requirement<() => Promise<string>> {
  return {
    howTo,
    find: async () => {
      await prepareServer(name);
      return () => sharedServer(name);
    },
  };
}

/** Whether tests must fail if this requirement is missing: EVENT_BUS_TEST_REQUIRE. */
export function isDemanded(name: string): boolean {
  const demanded = (process.env['EVENT_BUS_TEST_REQUIRE'] ?? '').split(',');
  return demanded.includes('all') || demanded.includes(name);
}
