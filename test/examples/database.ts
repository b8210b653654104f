import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ROOT } from '../support/process.js';

/** Creates a database with the example's tables on a server. Resolves with its URL. */
export async function makeDatabase(server: string): Promise<string> {
  const url = new URL(server);
  url.pathname = `events_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`CREATE DATABASE ${url.pathname.slice(1)}`));
  const schema = readFileSync(join(ROOT, 'examples/src/postgres/schema.sql'), 'utf8');
  await withClient(url.href, (client) => client.query(schema));
  return url.href;
}

/** Runs `work` with a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
}
