import { AdminError, UnavailableError } from 'nest-event-bus/core';
import pg from 'pg';

/** Runs one statement. The values of the template are sent as parameters. */
export type Sql = <Row extends object>(text: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Row[]>;

const types = new pg.TypeOverrides();
// Positions and times are below 2^53, so they fit into a number.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool of connections. Its methods reject with `AdminError`, and with `UnavailableError` for all other problems. */
export class Database {
  readonly #pool: pg.Pool;
  readonly close = (): Promise<void> => this.#pool.end();

  constructor(connectionString: string) {
    const limits = { connectionTimeoutMillis: 5_000, query_timeout: 10_000, keepAlive: true };
    this.#pool = new pg.Pool({ connectionString, types, ...limits });
    // If a connection breaks, its query rejects. The pool replaces idle connections. So these events need no action.
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

  /** Calls `onRecords` with topics that get records, until the result is called or `onError` reports the end. */
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
      // Closes the connection, so that PostgreSQL rolls back.
      client?.release(true);
      throw error instanceof AdminError ? error : unavailable(error);
    }
  }
}

const unavailable = (cause: unknown) =>
  new UnavailableError(`PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
