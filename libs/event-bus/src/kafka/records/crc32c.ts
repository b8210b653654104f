/** CRC-32C (Castagnoli, RFC 3720), reflected. */
const POLYNOMIAL = 0x82f63b78;
/** So many bytes are taken at once, with a table for each place. */
const SLICE = 8;

const TABLES = makeTables();

/** The checksum of a batch of records, as brokers check it. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  const sliced = bytes.length - (bytes.length % SLICE);
  let crc = -1;
  let n = 0;
  for (; n < sliced; n += SLICE) {
    crc ^= at(bytes, n) | (at(bytes, n + 1) << 8) | (at(bytes, n + 2) << 16) | (at(bytes, n + 3) << 24);
    crc =
      at(t7, crc & 0xff) ^
      at(t6, (crc >>> 8) & 0xff) ^
      at(t5, (crc >>> 16) & 0xff) ^
      at(t4, crc >>> 24) ^
      at(t3, at(bytes, n + 4)) ^
      at(t2, at(bytes, n + 5)) ^
      at(t1, at(bytes, n + 6)) ^
      at(t0, at(bytes, n + 7));
  }
  for (; n < bytes.length; n += 1) crc = at(t0, (crc ^ at(bytes, n)) & 0xff) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

type Table = Int32Array;

function makeTables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const after = (table: Table): Table => table.map((crc) => at(first, crc & 0xff) ^ (crc >>> 8));
  const second = after(first);
  const third = after(second);
  const fourth = after(third);
  const fifth = after(fourth);
  const sixth = after(fifth);
  const seventh = after(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, after(seventh)];
}

/** Within bounds by the callers' doing. */
function at(numbers: Uint8Array | Int32Array, index: number): number {
  return numbers[index] as number;
}
