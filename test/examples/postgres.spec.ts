import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeBackend } from 'nest-event-bus/testing';
import pg from 'pg';
import { beforeAll, describe, it } from 'vitest';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';

await requires('postgres', 'The example over PostgreSQL', async (address) => {
  const url = await databaseOf(await address());
  describeBackend(
    {
      name: 'postgres',
      module: new URL('./postgres.backend.mjs', import.meta.url),
      config: { url, leaseMs: 2_000 },
      inFlightScope: 'process',
      settles: 'entry',
      limits: { handoverMs: 1_500, takeoverMs: 8_000 },
    },
    { describe, it, beforeAll },
  );
});

/** A database of this file alone, with the example's tables. */
async function databaseOf(server: string): Promise<string> {
  const name = `contract_${Date.now()}`;
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  await query(url.href, readFileSync(join(ROOT, 'examples/src/postgres/schema.sql'), 'utf8'));
  return url.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
