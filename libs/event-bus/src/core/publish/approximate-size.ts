/** The approximate size of a value in memory, in bytes: its texts and bytes, plus a little for each part. */
export function approximateSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return EACH;
  if (value instanceof Uint8Array) return value.byteLength;
  let total = EACH;
  // Event data is a tree. The codec rejects other data before anything waits.
  for (const [name, part] of Object.entries(value)) total += name.length + approximateSize(part);
  return total;
}

const EACH = 8;
