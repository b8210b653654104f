import { statSync } from 'node:fs';

import Libsql from 'libsql';

import { SettingsError, UnavailableError } from '../core/errors.js';
import { monotonicMs } from './clock.js';
import { databaseError, isBusy } from './database-error.js';
import { NativeCalls } from './native-calls.js';

export type Value = number | string | Buffer | null;
export type Row = readonly unknown[];

/** How much of a crash a transaction outlives: `fsync` also that of the machine, `process` that of the process alone. */
export type Durability = 'fsync' | 'process';

/** The driver's statement, as far as it is used; its own types lack `raw`. */
interface Statement {
  /** Whether it gives rows; only then may they be `raw`, arrays instead of objects. */
  readonly reader: boolean;
  run(parameters: readonly Value[]): { readonly changes: number };
  all(parameters: readonly Value[]): Row[];
  raw(): Statement;
}

/** How long one transaction waits for the lock of another process, in ms. */
const BUSY_MS = 15_000;
/** A process that has waited so long asks more often, so that it gets its turn among busy ones, in ms. */
const IMPATIENT_MS = 20;
/** Left free by publishers below the largest size: a full log must not keep its consumers from settling. */
const RESERVED_PAGES = 256;

/** One connection to the file. It throws only errors of core, and leaves nothing half-written. */
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

  /** All rows of a query, which may hold back neither a checkpoint nor a lock: a query that is not read to its end would. */
  all(sql: string, ...parameters: readonly Value[]): readonly Row[] {
    return this.native.run(() => this.#statement(sql).all(parameters));
  }

  /** The first column of the only row, which has to be a number; `undefined` when there is no row or it holds null. */
  number(sql: string, ...parameters: readonly Value[]): number | undefined {
    const value = this.all(sql, ...parameters)[0]?.[0];
    return typeof value === 'number' ? value : undefined;
  }

  /** Answers with the number of rows that changed. */
  run(sql: string, ...parameters: readonly Value[]): number {
    return this.native.run(() => this.#statement(sql).run(parameters).changes);
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.native.run(() => this.#connection.exec(sql));
  }

  /** Runs `body` in a transaction that sees one state of the file. */
  read<Result>(body: () => Result): Result {
    return this.#transaction('BEGIN', body);
  }

  /**
   * Runs `body` in a transaction that holds the write lock from its beginning; all or nothing of it stays.
   * When it leaves the reserve, it may not fill the last pages below the {@link limit}.
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

  /** Runs `body` in a transaction that has read nothing before: the first of a new file, whose layout `body` may choose. */
  first<Result>(body: () => Result): Result {
    return this.#transaction('BEGIN', body);
  }

  /** What a pragma outside a transaction answers. Waits for other processes as transactions do. */
  setting(pragma: string): unknown {
    return this.#patiently(() => this.all(`PRAGMA ${pragma}`)[0]?.[0]);
  }

  /** Rises when another connection has committed. */
  changes(): number {
    return Number(this.setting('data_version'));
  }

  /** The file grows no larger than that, its write-ahead log aside. */
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
        // SQLite's own handler sleeps up to 100 ms, and those that wait long come away empty-handed.
        Atomics.wait(this.#sleeper, 0, 0, waitedMs > IMPATIENT_MS ? 0.1 : 0.5 + Math.random());
      }
    }
  }

  /** Some errors have rolled back already (https://www.sqlite.org/lang_transaction.html). */
  #rollBack(): void {
    try {
      if (this.native.run(() => this.#connection.inTransaction)) this.exec('ROLLBACK');
    } catch {
      // The error that led here says more; whoever gets it closes this connection, which rolls back as well.
    }
  }

  /** SQLite would go on in a file that nobody else sees any more. */
  #checkFile(): void {
    if (identityOf(this.path) === this.#file) return;
    throw new UnavailableError(
      `The event log ${this.path} was removed or replaced while it was open. The next call opens it again.`,
    );
  }
}

/** Empty when there is no such file. */
function identityOf(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? '' : `${file.dev}:${file.ino}`;
}

/** The row that a statement has to find. */
export function theRow(rows: readonly Row[], path: string): Row {
  const [row] = rows;
  if (row === undefined) throw new UnavailableError(`The event log ${path} is damaged: a required row is missing.`);
  return row;
}
