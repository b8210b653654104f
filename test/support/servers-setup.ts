import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import {
  kafka,
  postgres,
  prepareKafka,
  preparePostgres,
  prepareRedis,
  prepareRegistry,
  redis,
  registry,
} from '../../tools/servers/index.mjs';
import type { SharedName } from './servers.js';

interface Shared {
  readonly prepare: () => Promise<unknown>;
  readonly start: () => Promise<{ readonly address: string; readonly clear: () => Promise<void> }>;
}

const SHARED: Readonly<Record<SharedName, Shared>> = {
  'kafka-3.9': kafkaOf('3.9'),
  'kafka-4.1': kafkaOf('4.1'),
  registry: {
    prepare: prepareRegistry,
    start: async () => {
      const { url, clear } = await registry();
      return { address: url, clear };
    },
  },
  redis: {
    prepare: prepareRedis,
    start: async () => {
      const { url, clear } = await redis();
      return { address: url, clear };
    },
  },
  postgres: {
    prepare: preparePostgres,
    start: async () => {
      const { url, clear } = await postgres();
      return { address: url, clear };
    },
  },
};

/**
 * The global setup of Vitest. It starts the servers that all specs of a run share, each at its first use, in the main
 * process. They end with the run, also if it fails.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prepared = new Map<SharedName, Promise<unknown>>();
  const started = new Map<SharedName, ReturnType<Shared['start']>>();
  const once = <T>(promises: Map<SharedName, Promise<T>>, name: SharedName, make: () => Promise<T>) => {
    const promise = promises.get(name) ?? make();
    promises.set(name, promise);
    return promise;
  };

  const answer = async (path: string): Promise<string> => {
    const [, request, name] = path.split('/');
    if (name === undefined || !isShared(name)) throw new Error(`${path}: there is no such server`);
    await once(prepared, name, SHARED[name].prepare);
    return request === 'prepare' ? '' : (await once(started, name, SHARED[name].start)).address;
  };

  const http = createServer((request, response) => {
    void answer(request.url ?? '').then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const at = http.address();
  if (at === null || typeof at === 'string') throw new Error('The shared servers have no address.');
  project.provide('servers', `http://127.0.0.1:${at.port}`);

  return async () => {
    http.closeAllConnections();
    http.close();
    const servers = await Promise.allSettled([...started.values()]);
    await Promise.all(servers.flatMap((server) => (server.status === 'fulfilled' ? [server.value.clear()] : [])));
  };
}

function kafkaOf(version: '3.9' | '4.1'): Shared {
  return {
    prepare: () => prepareKafka(version),
    start: async () => {
      const { bootstrapServers, clear } = await kafka({ version });
      return { address: bootstrapServers, clear };
    },
  };
}

function isShared(name: string): name is SharedName {
  return name in SHARED;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The address where workers ask for the shared servers. */
    readonly servers: string;
  }
}
