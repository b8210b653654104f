import { AdminError, UnavailableError } from 'nest-event-bus/core';
import pg from 'pg';

import { SCHEMA } from './schema.js';

/** Positions, times and ids stay below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** What runs on one connection. */
export class Session {
  constructor(readonly client: pg.ClientBase) {}

  /** The values of the template travel as parameters. */
  readonly sql = async <Row extends object>(
    text: TemplateStringsArray,
    ...values: readonly unknown[]
  ): Promise<Row[]> =>
    (
      await this.client.query<Row>(
        text.reduce((before, part, number) => `${before}$${number}${part}`),
        [...values],
      )
    ).rows;

  readonly transaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await this.client.query('BEGIN');
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  };
}

/** Makes the tables at its first use. Its methods reject with `AdminError`, or with `UnavailableError` for all else. */
export class Database {
  readonly location: string;
  readonly #config: pg.ClientConfig;
  readonly #pool: pg.Pool;
  #tables: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(url: string) {
    const { host, pathname } = new URL(url);
    this.location = `${host}${pathname}`;
    const limits = { connectionTimeoutMillis: 5_000, query_timeout: 10_000, keepAlive: true };
    this.#config = { connectionString: url, types, ...limits };
    this.#pool = new pg.Pool(this.#config);
    // Of a connection that nobody uses: the next query gets another one.
    this.#pool.on('error', () => undefined);
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    try {
      await this.#ready();
      client = await this.#pool.connect();
      const result = await work(new Session(client));
      client.release();
      return result;
    } catch (error) {
      // The pool closes a connection that failed, because nobody knows its state.
      client?.release(true);
      throw this.explain(error);
    }
  }

  /** A connection that hears of records, for one member alone. */
  async listen(onNotice: (topic: string | undefined) => void, onError: (error: Error) => void): Promise<pg.Client> {
    await this.#ready();
    const client = new pg.Client(this.#config);
    client.on('notification', ({ payload }) => onNotice(payload)).on('error', onError);
    await client.connect();
    await client.query('LISTEN event_bus');
    return client;
  }

  explain(error: unknown): Error {
    if (error instanceof AdminError || error instanceof UnavailableError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new UnavailableError(`PostgreSQL at ${this.location}: ${message}`, { cause: error });
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#pool.end());
  }

  async #ready(): Promise<void> {
    if (this.#closing !== undefined) throw new UnavailableError(`The backend of ${this.location} is closed.`);
    this.#tables ??= this.#pool.query(SCHEMA);
    await this.#tables.catch((error: unknown) => {
      this.#tables = undefined;
      throw error;
    });
  }
}
