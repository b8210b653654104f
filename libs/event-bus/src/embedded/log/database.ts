import { statSync } from 'node:fs';

import Libsql from 'libsql';

import { SettingsError, UnavailableError } from '../../core/errors.js';
import { monotonicMs } from '../thread/clock.js';
import { databaseError, isBusy } from './database-error.js';
import { NativeCalls } from '../thread/native-calls.js';

export type Value = number | string | Buffer | null;
export type Row = readonly unknown[];

/** The crashes that a transaction survives. `fsync`: of the machine. `process`: of the process only. */
export type Durability = 'fsync' | 'process';

/** The part of the driver's statement in use. The driver's types lack `raw`. */
interface Statement {
  /** Whether the statement returns rows. Only then `raw` is allowed, which returns arrays instead of objects. */
  readonly reader: boolean;
  run(parameters: readonly Value[]): { readonly changes: number };
  all(parameters: readonly Value[]): Row[];
  raw(): Statement;
}

/** How long a transaction waits for the lock of another process, in ms. */
const BUSY_MS = 15_000;
/** After this wait a process tries more often, in ms, so that it gets its turn among busy processes. */
const IMPATIENT_MS = 20;
/** Pages below the size limit that publishing leaves free. Consumers of a full log need them to settle. */
const RESERVED_PAGES = 256;

/** One connection to the file. It throws only errors of core, and a failed transaction leaves no changes. */
export class Database {
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Statement>();
  readonly #file: string;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #durability: Durability | undefined;
  #maxPages: number | undefined;
  #leavesReserve: boolean | undefined;

  constructor(
    readonly path: string,
    private readonly native = new NativeCalls(),
  ) {
    try {
      this.#connection = this.native.run(() => new Libsql(path));
    } catch (cause) {
      throw new SettingsError(
        `The event log ${path} could not be opened. Check that it is a file and may be written by this user.`,
        { cause },
      );
    }
    this.#file = identityOf(path);
  }

  /** All rows of a query. There is no cursor, because an unfinished query would hold back checkpoints and locks. */
  all(sql: string, ...parameters: readonly Value[]): readonly Row[] {
    return this.native.run(() => this.#statement(sql).all(parameters));
  }

  /** The first column of the only row, which must be a number. `undefined` if there is no row or the column is null. */
  number(sql: string, ...parameters: readonly Value[]): number | undefined {
    const value = this.all(sql, ...parameters)[0]?.[0];
    return typeof value === 'number' ? value : undefined;
  }

  /** Runs one statement. Returns the number of changed rows. */
  run(sql: string, ...parameters: readonly Value[]): number {
    return this.native.run(() => this.#statement(sql).run(parameters).changes);
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.native.run(() => this.#connection.exec(sql));
  }

  /** Runs `body` in a transaction that sees one snapshot of the file. */
  read<Result>(body: () => Result): Result {
    return this.#transaction('BEGIN', body);
  }

  /**
   * Runs `body` in a transaction that holds the write lock from the start. If `body` throws, nothing is changed. With
   * `leavesReserve`, the last pages below the {@link limit} stay free.
   */
  write<Result>(durability: Durability, body: () => Result, { leavesReserve = false } = {}): Result {
    if (durability !== this.#durability) {
      this.setting(`synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`);
      this.#durability = durability;
    }
    if (this.#maxPages !== undefined && leavesReserve !== this.#leavesReserve) {
      this.setting(`max_page_count = ${this.#maxPages - (leavesReserve ? RESERVED_PAGES : 0)}`);
      this.#leavesReserve = leavesReserve;
    }
    return this.#transaction('BEGIN IMMEDIATE', body);
  }

  /**
   * Runs `body` in a transaction that has not read before. Only the first transaction of a new file can choose its
   * layout.
   */
  first<Result>(body: () => Result): Result {
    return this.#transaction('BEGIN', body);
  }

  /** The value of a pragma outside a transaction. Waits for locks of other processes. */
  setting(pragma: string): unknown {
    return this.#patiently(() => this.all(`PRAGMA ${pragma}`)[0]?.[0]);
  }

  /** A number that changes when another connection commits. */
  changes(): number {
    return Number(this.setting('data_version'));
  }

  /** Limits the size of the file, in bytes. The write-ahead log does not count. */
  limit(maxBytes: number): void {
    this.#maxPages = Math.floor(maxBytes / Number(this.setting('page_size')));
  }

  close(): void {
    this.native.run(() => {
      this.#statements.clear();
      this.#connection.close();
    });
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql) as unknown as Statement;
    if (statement.reader) statement.raw();
    this.#statements.set(sql, statement);
    return statement;
  }

  #transaction<Result>(begin: string, body: () => Result): Result {
    this.#checkFile();
    return this.#patiently(() => {
      this.exec(begin);
      const result = body();
      this.exec('COMMIT');
      return result;
    });
  }

  #patiently<Result>(body: () => Result): Result {
    const since = monotonicMs();
    for (;;) {
      try {
        return body();
      } catch (thrown) {
        this.#rollBack();
        const waitedMs = monotonicMs() - since;
        if (!isBusy(thrown) || waitedMs > BUSY_MS) throw databaseError(thrown, this.path);
        // SQLite's own busy handler sleeps up to 100 ms and lets long-waiting processes starve.
        Atomics.wait(this.#sleeper, 0, 0, waitedMs > IMPATIENT_MS ? 0.1 : 0.5 + Math.random());
      }
    }
  }

  /** Some errors roll back on their own (https://www.sqlite.org/lang_transaction.html). */
  #rollBack(): void {
    try {
      if (this.native.run(() => this.#connection.inTransaction)) this.exec('ROLLBACK');
    } catch {
      // The original error is more useful. Its receiver closes this connection, which also rolls back.
    }
  }

  /** If the file was removed or replaced, SQLite would continue in a file that nobody else sees. */
  #checkFile(): void {
    if (identityOf(this.path) === this.#file) return;
    throw new UnavailableError(
      `The event log ${this.path} was removed or replaced while it was open. The next call opens it again.`,
    );
  }
}

/** Empty if the file does not exist. */
function identityOf(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? '' : `${file.dev}:${file.ino}`;
}

/** The first row. Throws `UnavailableError` if there is none. */
export function theRow(rows: readonly Row[], path: string): Row {
  const [row] = rows;
  if (row === undefined) throw new UnavailableError(`The event log ${path} is damaged: a required row is missing.`);
  return row;
}
