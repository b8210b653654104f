import type { GroupMove } from '../../core/backend.js';
import { tableLines } from '../table.js';

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
  const verb = isDryRun ? 'would be' : 'will be';
  return [
    ...tableLines(rows),
    `${sum('again')} events ${verb} handled again, ${sum('skipped')} ${verb} skipped${isDryRun ? '. Dry run: the group was not moved' : ''}.`,
  ];
}

type Row = [partition: string, from: string, to: string, again: string, skipped: string];
