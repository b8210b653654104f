/**
 * Returns the rows as lines. Aligns the columns in `left` to the left, all others to the right. All rows have the same
 * number of cells.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  left: ReadonlySet<number> = new Set(),
): readonly string[] {
  const widths = rows[0]?.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  const aligned = (cell: string, n: number) => {
    const width = widths?.[n] ?? 0;
    return left.has(n) ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(aligned).join('  ').trimEnd());
}
