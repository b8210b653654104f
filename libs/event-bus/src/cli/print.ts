import { toJsonLine } from './json.js';

/** Prints lines to standard output. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Prints a table in a terminal. Otherwise, or if `json` is set, prints a line of JSON for each item. */
export function printTable<Item>(
  items: readonly Item[],
  table: (items: readonly Item[]) => readonly string[],
  json: boolean,
): void {
  printLines(json || !process.stdout.isTTY ? items.map(toJsonLine) : table(items));
}
