/**
 * Compares strings by code point, as Python does. JavaScript's `sort` puts characters above U+FFFF before U+E000 to
 * U+FFFF. Both strings must be well formed.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let n = 0; n < length; n++) {
    const difference = rank(a.charCodeAt(n)) - rank(b.charCodeAt(n));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates rank above all other units, because they stand for characters above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
