import { beforeAll, describe, it } from 'vitest';

import { describeBackend } from 'nest-event-bus/testing';

describeBackend(
  {
    name: 'memory',
    module: new URL('../support/memory-backend.mjs', import.meta.url),
    config: { store: 'memory', partitions: 3 },
    partitions: 3,
    inFlightScope: 'partition',
    settles: 'prefix',
    limits: { takeoverMs: 1_000 },
    skip: [
      {
        reason: 'its records live in one process',
        tests: [
          'lost aborts when another member has taken the record, and consume goes on with others',
          'none of 10,000 records is missing after a kill -9 of the consumer in the middle',
          'the order of a key survives a kill -9 of the consumer',
          'a kill -9 of the consumer repeats no more than the window and what was settled within a round trip',
          'none is missing, and the work is taken over in time, after a kill -9 of one of two members',
          'the order of a key survives a kill -9 of one of two members',
          'what publish resolved for survives a kill -9 of the publisher',
          'records published by two processes at once are all there, each in the order of its calls',
          'a record tells how many members vanished with it in hand',
          'records behind one that ends its process do not share its count for long',
          'a process that comes and goes leaves the records of others alone',
          'nothing keeps a process alive after close',
        ],
      },
    ],
  },
  { describe, it, beforeAll },
);
