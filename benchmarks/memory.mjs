import { addNote, addRow } from './results.mjs';
import { median } from './rounds.mjs';

/** The row for a consumed backlog, with the resident memory of the consumer in MB, measured at equal intervals. */
export function memoryRow(name, { backlog, perSecond, rss }) {
  const quarter = Math.ceil(rss.length / 4);
  // Compares the last quarter with the second one, because memory for the start of the process is not growth.
  const ratio = median(rss.slice(-quarter)) / median(rss.slice(quarter, 2 * quarter));
  const at = (part) => rss[Math.min(rss.length - 1, Math.floor(rss.length * part))];
  addNote(`${name}: memory in MB`, rss);
  addRow({
    work: `${name}, a backlog of ${backlog.toLocaleString('en')} drains`,
    against: 'resident memory of the last quarter of the time, against the second',
    ours: `${Math.round(perSecond).toLocaleString('en')}/s; ${[0.1, 0.25, 0.5, 0.75, 1].map(at).join(', ')} MB`,
    result: ratio.toFixed(2),
    ratio,
    goal: '<= 1.2',
  });
}
