import type { Observer } from '../core/notices/notice.js';
import { AUDIT_KINDS, noticeText, UNLOGGED_KINDS } from '../core/notices/notice-text.js';

/**
 * Writes notices to standard error, one per line. Omits the audit log, because these events are on standard output.
 * Keeps only the audit lines of events that standard output cannot show.
 */
export function logToStderr(): Observer {
  return (notice) => {
    if (UNLOGGED_KINDS.has(notice.kind)) return;
    const isUnhandled = notice.kind === 'processed' && notice.outcome === 'unhandled';
    if (UNLOGGED_KINDS.has(notice.kind)) return;
    if (AUDIT_KINDS.has(notice.kind) && !isUnhandled) return;
    const { level, text } = noticeText(notice);
    const line = isUnhandled ? `WARN Event not shown: its type is unknown. ${text}` : `${level.toUpperCase()} ${text}`;
    process.stderr.write(`${line}\n`);
  };
}
