import type { GroupMove } from '../../core/backend.js';

/** Returns the moves as a table: one line per partition, and the sum if there are several. */
export function moveTable(moves: readonly GroupMove[], isDryRun: boolean): readonly string[] {
  const sum = (figure: 'again' | 'skipped') => moves.reduce((total, move) => total + move[figure], 0);
  const rows: Row[] = [
    ['partition', 'from', 'to', 'again', 'skipped'],
    ...moves.map(({ partition, from, to, again, skipped }): Row => [
      `${partition}`,
      from ?? '-',
      to,
      `${again}`,
      `${skipped}`,
    ]),
    ...(moves.length > 1 ? [['all', '', '', `${sum('again')}`, `${sum('skipped')}`] satisfies Row] : []),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const verb = isDryRun ? 'would be' : 'will be';
  return [
    ...rows.map((row) => row.map((cell, n) => cell.padStart(widths[n] ?? 0)).join('  ')),
    `${sum('again')} events ${verb} handled again, ${sum('skipped')} ${verb} skipped${isDryRun ? '. Dry run: the group was not moved' : ''}.`,
  ];
}

type Row = [partition: string, from: string, to: string, again: string, skipped: string];
