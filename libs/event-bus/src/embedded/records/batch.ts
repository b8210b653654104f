import type { Database, Value } from '../log/database.js';
import type { Batch } from '../thread/protocol.js';

/** The count of numbers that a batch holds per record. */
export const NUMBERS = 5;

/** A batch ends with the record that reaches this size, in bytes. */
const BATCH_BYTES = 4 * 1024 * 1024;

const COLUMNS = ['key', 'value', 'headers'];
const SIZE = COLUMNS.map((column) => `ifnull(length(${column}), 0)`).join(' + ');
// SQLite packs the batch into one text and one blob. Reading the columns one by one through the driver takes three
// times as long.
const LENGTHS = COLUMNS.map((column) => `ifnull(length(${column}), -1)`).join(` || ',' || `);
const BYTES = COLUMNS.map((column) => `ifnull(${column}, x'')`).join(' || ');
const PACKED = `'[' || group_concat(position || ',' || timestamp || ',' || ${LENGTHS}) || ']', CAST(group_concat(${BYTES}, '') AS BLOB)`;

/** Up to `limit` records of a topic from position `from` on, cut to the size of a batch. */
export function readFrom(database: Database, topic: number, from: number, limit: number): Batch {
  return readBatch(database, `FROM record_${topic} WHERE position >= ? ORDER BY position LIMIT ?`, from, limit);
}

/** The records of a topic at these positions, cut to the size of a batch. */
export function readAt(database: Database, topic: number, positions: readonly number[]): Batch {
  const rows = `FROM record_${topic} WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position`;
  return readBatch(database, rows, JSON.stringify(positions));
}

/** Creates a new batch each time, because its memory is transferred to another thread. */
export function emptyBatch(): Batch {
  return { numbers: new Float64Array(), bytes: new ArrayBuffer() };
}

/**
 * Of up to `limit` records in `from` ≤ position < `until`, the position of the last one that fits a batch. `undefined`
 * if there are no records.
 */
export function lastWithin(
  database: Database,
  topic: number,
  { from, until, limit }: { readonly from: number; readonly until: number; readonly limit: number },
): number | undefined {
  const rows = `FROM record_${topic} WHERE position >= ? AND position < ? ORDER BY position LIMIT ?`;
  return lastThatFits(database, rows, [from, until, limit]);
}

/** The positions of the first and the last record of a batch. `undefined` for an empty batch. */
export function endsOf({ numbers }: Batch): readonly [first: number, last: number] | undefined {
  const first = numbers[0];
  const last = numbers[numbers.length - NUMBERS];
  return first === undefined || last === undefined ? undefined : [first, last];
}

/** `rows` is SQL that starts with `FROM` and orders by position. */
function readBatch(database: Database, rows: string, ...parameters: readonly Value[]): Batch {
  const last = lastThatFits(database, rows, parameters);
  if (last === undefined) return emptyBatch();
  const sql = `SELECT ${PACKED} FROM (SELECT * ${rows}) WHERE position <= ?`;
  const [numbers, bytes] = database.all(sql, ...parameters, last)[0] as [string, Buffer];
  return { numbers: Float64Array.from(JSON.parse(numbers) as number[]), bytes: new Uint8Array(bytes).buffer };
}

/**
 * The position of the last record that fits a batch. The first record always fits. `undefined` if there are no rows.
 */
function lastThatFits(database: Database, rows: string, parameters: readonly Value[]): number | undefined {
  const sized = `(SELECT position, ${SIZE} AS bytes ${rows})`;
  const [last, bytes] = database.all(`SELECT max(position), sum(bytes) FROM ${sized}`, ...parameters)[0] as number[];
  if (bytes === undefined || bytes <= BATCH_BYTES) return last ?? undefined;
  const sql = `SELECT max(position) FROM (
      SELECT position, sum(bytes) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) - bytes AS before FROM ${sized}
    ) WHERE before < ${BATCH_BYTES}`;
  return database.number(sql, ...parameters);
}
