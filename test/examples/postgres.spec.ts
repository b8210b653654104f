import { describeBackend } from 'nest-event-bus/testing';
import { beforeAll, describe, it } from 'vitest';
import { requires } from '../support/requirements.js';
import { makeDatabase } from './database.js';

await requires('postgres', 'The example over PostgreSQL', async (address) => {
  const url = await makeDatabase(await address());
  describeBackend(
    {
      name: 'postgres',
      module: new URL('./postgres.backend.mjs', import.meta.url),
      config: { url, leaseMs: 2_000 },
      inFlightScope: 'process',
      settles: 'entry',
      // A lease lasts 2 s.
      limits: { handoverMs: 1_500, takeoverMs: 8_000 },
    },
    { describe, it, beforeAll },
  );
});
