import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, it } from 'vitest';

import { describeBackend } from 'nest-event-bus/testing';

const directory = mkdtempSync(join(tmpdir(), 'contract-embedded-'));
afterAll(() => rmSync(directory, { recursive: true }));

describeBackend(
  {
    name: 'embedded',
    module: new URL('./embedded.backend.mjs', import.meta.url),
    config: { path: join(directory, 'events.db') },
    inFlightScope: 'process',
    settles: 'entry',
    // A lease lasts 3 s.
    limits: { handoverMs: 1_500, takeoverMs: 8_000 },
  },
  { describe, it, beforeAll },
);
