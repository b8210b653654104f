import type { Observer } from '../core/notice.js';
import { AUDIT_KINDS, noticeText } from '../core/notice-text.js';

/** Notices to standard error, one a line; the audit trail is what standard output shows already. */
export function logToStderr(): Observer {
  return (notice) => {
    if (AUDIT_KINDS.has(notice.kind)) return;
    const { level, text } = noticeText(notice);
    process.stderr.write(`${level.toUpperCase()} ${text}\n`);
  };
}
