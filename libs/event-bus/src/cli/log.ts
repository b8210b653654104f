import type { Observer } from '../core/notice.js';
import { AUDIT_KINDS, noticeText } from '../core/notice-text.js';

/**
 * Writes notices to standard error, one per line. Leaves out the audit log, because standard output shows these events.
 * It writes only the audit lines of events that standard output cannot show.
 */
export function logToStderr(): Observer {
  return (notice) => {
    const isUnhandled = notice.kind === 'processed' && notice.outcome === 'unhandled';
    if (AUDIT_KINDS.has(notice.kind) && !isUnhandled) return;
    const { level, text } = noticeText(notice);
    const line = isUnhandled ? `WARN Not shown, its type is unknown. ${text}` : `${level.toUpperCase()} ${text}`;
    process.stderr.write(`${line}\n`);
  };
}
