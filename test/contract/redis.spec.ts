import { describeBackend, type Skip } from 'nest-event-bus/testing';
import { beforeAll, describe, it } from 'vitest';

import { requires } from '../support/requirements.js';

const NO_END: Skip = {
  reason: 'the server makes the id of an entry from the time at which it is published',
  tests: ['end is where the next published record will lie'],
};

const COUNTS_ALL: Skip = {
  reason: 'the server counts for every entry of a member that vanished, whatever the member did with it',
  tests: ['records behind one that ends its process do not share its count for long'],
};

const harness = {
  module: new URL('./redis.backend.mjs', import.meta.url),
  inFlightScope: 'process',
  settles: 'entry',
  limits: { handoverMs: 1_500, takeoverMs: 10_000 },
} as const;

await requires('redis', 'Redis', async (address) => {
  const url = await address();
  describeBackend(
    {
      ...harness,
      name: 'redis',
      config: { url, claimMs: 2_000 },
      skip: [
        NO_END,
        COUNTS_ALL,
        {
          reason:
            'members share a stream entry by entry; with EVENT_BUS_REDIS_EXCLUSIVE one works at a time, see below',
          tests: [
            'the order of a key survives a kill -9 of the consumer',
            'the order of a key survives a kill -9 of one of two members',
          ],
        },
      ],
    },
    { describe, it, beforeAll },
  );

  describeBackend(
    {
      ...harness,
      name: 'redis with EVENT_BUS_REDIS_EXCLUSIVE',
      config: { url, claimMs: 2_000, isExclusive: true },
      skip: [
        NO_END,
        COUNTS_ALL,
        {
          reason: 'one member of a group works at a time',
          tests: [
            'of two members of a group both get records',
            'groups tells each of several members',
            'a member that joins or stops costs no duplicate',
            'none is missing, and the work is taken over in time, after a kill -9 of one of two members',
            'the order of a key survives a kill -9 of one of two members',
            'a member that lives keeps its record, however long its call takes',
          ],
        },
      ],
    },
    { describe, it, beforeAll },
  );
});
