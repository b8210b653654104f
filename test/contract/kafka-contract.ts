import { beforeAll, describe, it } from 'vitest';

import { type BackendHarness, describeBackend } from 'nest-event-bus/testing';

import { requires } from '../support/requirements.js';

/** The default number of partitions on the test brokers. */
const PARTITIONS = 3;

/** Runs the contract on one version of Kafka. Await it at the top of a file. */
export async function describeKafka(server: 'kafka-3.9' | 'kafka-4.1'): Promise<void> {
  await requires(server, `Kafka ${server.slice(6)}`, async (start) => {
    describeBackend(harnessOf(server, await start()), { describe, it, beforeAll });
  });
}

function harnessOf(name: string, brokers: string): BackendHarness {
  return {
    name,
    module: new URL('./kafka.backend.mjs', import.meta.url),
    config: { brokers: brokers.split(','), sessionTimeoutMs: 6_000 },
    partitions: PARTITIONS,
    inFlightScope: 'partition',
    settles: 'entry',
    // A session lasts 6 s, and the broker ends it up to 3 s late.
    limits: { handoverMs: 4_000, takeoverMs: 20_000 },
  };
}
