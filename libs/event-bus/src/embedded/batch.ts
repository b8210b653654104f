import type { Database, Value } from './database.js';
import type { Batch } from './protocol.js';

/** How many numbers of a batch belong to one record. */
export const NUMBERS = 5;

/** A batch ends with the record that reaches so many bytes. */
const BATCH_BYTES = 4 * 1024 * 1024;

const COLUMNS = ['key', 'value', 'headers'];
const SIZE = COLUMNS.map((column) => `ifnull(length(${column}), 0)`).join(' + ');
// Values that come from the driver one by one cost three times as much as all of a batch in one piece.
const LENGTHS = COLUMNS.map((column) => `ifnull(length(${column}), -1)`).join(` || ',' || `);
const BYTES = COLUMNS.map((column) => `ifnull(${column}, x'')`).join(' || ');
const PACKED = `'[' || group_concat(position || ',' || timestamp || ',' || ${LENGTHS}) || ']', CAST(group_concat(${BYTES}, '') AS BLOB)`;

/** Up to `limit` records of a topic from a position on, as many as fit. */
export function readFrom(database: Database, topic: number, from: number, limit: number): Batch {
  return readBatch(database, `FROM record_${topic} WHERE position >= ? ORDER BY position LIMIT ?`, from, limit);
}

/** The records of a topic at these positions, as many as fit. */
export function readAt(database: Database, topic: number, positions: readonly number[]): Batch {
  const rows = `FROM record_${topic} WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position`;
  return readBatch(database, rows, JSON.stringify(positions));
}

/** A new one each time: its memory goes to another thread. */
export function emptyBatch(): Batch {
  return { numbers: new Float64Array(), bytes: new ArrayBuffer() };
}

/** The last of up to `limit` records from one position to before another whose bytes fit a batch; `undefined` for none. */
export function lastWithin(
  database: Database,
  topic: number,
  { from, until, limit }: { readonly from: number; readonly until: number; readonly limit: number },
): number | undefined {
  const rows = `FROM record_${topic} WHERE position >= ? AND position < ? ORDER BY position LIMIT ?`;
  return lastThatFits(database, rows, [from, until, limit]);
}

/** The position of its first record and of its last; `undefined` for an empty batch. */
export function endsOf({ numbers }: Batch): readonly [first: number, last: number] | undefined {
  const first = numbers[0];
  const last = numbers[numbers.length - NUMBERS];
  return first === undefined || last === undefined ? undefined : [first, last];
}

/** `rows` is SQL from `FROM` on, in the order of the positions. */
function readBatch(database: Database, rows: string, ...parameters: readonly Value[]): Batch {
  const last = lastThatFits(database, rows, parameters);
  if (last === undefined) return emptyBatch();
  const sql = `SELECT ${PACKED} FROM (SELECT * ${rows}) WHERE position <= ?`;
  const [numbers, bytes] = database.all(sql, ...parameters, last)[0] as [string, Buffer];
  return { numbers: Float64Array.from(JSON.parse(numbers) as number[]), bytes: new Uint8Array(bytes).buffer };
}

/** The last position up to which the records fit one batch, a single one always; `undefined` for no rows. */
function lastThatFits(database: Database, rows: string, parameters: readonly Value[]): number | undefined {
  const sized = `(SELECT position, ${SIZE} AS bytes ${rows})`;
  const [last, bytes] = database.all(`SELECT max(position), sum(bytes) FROM ${sized}`, ...parameters)[0] as number[];
  if (bytes === undefined || bytes <= BATCH_BYTES) return last ?? undefined;
  const sql = `SELECT max(position) FROM (
      SELECT position, sum(bytes) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) - bytes AS before FROM ${sized}
    ) WHERE before < ${BATCH_BYTES}`;
  return database.number(sql, ...parameters);
}
