import { AdminError, UnavailableError } from 'nest-event-bus/core';
import pg from 'pg';

/** Runs one statement. The values of the template travel as parameters. */
export type Sql = <Row extends object>(text: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Row[]>;

const types = new pg.TypeOverrides();
// Positions and times stay below 2^53.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Its methods reject with `AdminError`, or with `UnavailableError` for all else. */
export class Database {
  readonly #pool: pg.Pool;
  readonly close = (): Promise<void> => this.#pool.end();

  constructor(connectionString: string) {
    const limits = { connectionTimeoutMillis: 5_000, query_timeout: 10_000, keepAlive: true };
    this.#pool = new pg.Pool({ connectionString, types, ...limits });
    // The query on a connection that breaks rejects by itself. The pool replaces connections that nobody uses.
    const ignore = () => undefined;
    this.#pool.on('error', ignore).on('connect', (client) => client.on('error', ignore));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#borrow(async (client) => {
      await client.query('BEGIN');
      const result = await work(async (text, ...values) => {
        const numbered = text.reduce((before, part, index) => `${before}$${index}${part}`);
        return (await client.query<never>(numbered, [...values])).rows;
      });
      await client.query('COMMIT');
      client.release();
      return result;
    });
  }

  /** Calls `onRecords` with topics that have news, until the result is called or `onError` tells of the end. */
  listen(onRecords: (topic: string) => void, onError: (error: Error) => void): Promise<() => void> {
    return this.#borrow(async (client) => {
      client.on('notification', ({ payload = '' }) => onRecords(payload));
      client.on('error', (error) => onError(unavailable(error)));
      await client.query('LISTEN event_bus');
      return () => client.release(true);
    });
  }

  async #borrow<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      return await work(client);
    } catch (error) {
      // Closes the connection, which undoes what was not committed.
      client?.release(true);
      throw error instanceof AdminError ? error : unavailable(error);
    }
  }
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError(`PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
