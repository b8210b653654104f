import { describeBackend, type Skip } from 'nest-event-bus/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { requires } from '../support/requirements.js';

const SKIP: readonly Skip[] = [
  {
    reason: 'the server makes the id of an entry from the time at which it is published',
    tests: ['end is where the next published record will lie'],
  },
  {
    reason: 'the server counts for every entry of a member that vanished, whatever the member did with it',
    tests: ['records behind one that ends its process do not share its count for long'],
  },
  {
    reason: 'members share a stream entry by entry',
    tests: [
      'the order of a key survives a kill -9 of the consumer',
      'the order of a key survives a kill -9 of one of two members',
    ],
  },
];

/** Runs the contract on a cluster of three nodes. With `only`, runs only the cases whose titles match. */
export async function describeOnCluster(only?: RegExp): Promise<void> {
  await requires('redis-cluster', 'Redis, a cluster of three nodes', async (start) => {
    const cluster = await start();
    afterAll(() => cluster.clear(), 60_000);
    const framework = {
      // Without groups, because `only` may leave a theme without cases.
      describe: (title: string, body: () => void) => (only === undefined ? describe(title, body) : body()),
      beforeAll,
      it: Object.assign(
        (title: string, body: () => Promise<void>, timeoutMs: number) => {
          if (only?.test(title) !== false) it(title, body, timeoutMs);
        },
        {
          skip(title: string, body: () => Promise<void>) {
            if (only?.test(title) !== false) it.skip(title, body);
          },
        },
      ),
    };
    describeBackend(
      {
        module: new URL('./redis.backend.mjs', import.meta.url),
        name: 'redis on a cluster',
        inFlightScope: 'process',
        settles: 'entry',
        limits: { handoverMs: 1_500, takeoverMs: 10_000 },
        config: { url: cluster.url, client: cluster.client, claimMs: 2_000 },
        skip: SKIP,
      },
      framework,
    );
  });
}
