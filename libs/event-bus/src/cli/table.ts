/** Returns the rows as lines, with each column aligned to the right. All rows have the same number of cells. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return rows.map((row) => row.map((cell, n) => cell.padStart(widths?.[n] ?? 0)).join('  '));
}
