/** About how many bytes of memory a value holds: its texts and bytes, and a little for each of its parts. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return EACH;
  if (value instanceof Uint8Array) return value.byteLength;
  let total = EACH;
  // Data of an event is a tree; what is not ends in the codec with an error before anything waits.
  for (const [name, part] of Object.entries(value)) total += name.length + weightOf(part);
  return total;
}

const EACH = 8;
