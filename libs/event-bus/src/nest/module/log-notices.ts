import { Logger } from '@nestjs/common';
import type { Notice, Observer } from '../../core/notice.js';
import { AUDIT_KINDS, noticeText, UNLOGGED_KINDS } from '../../core/notice-text.js';

/**
 * Passes core's notices to Nest's logger, as `EventBus`. Lines about single events are logged only if the audit log of
 * that side is on.
 */
export function logNotices(isAuditOn: { readonly publishing: boolean; readonly consuming: boolean }): Observer {
  const logger = new Logger('EventBus');
  return (notice) => {
    if (UNLOGGED_KINDS.has(notice.kind)) return;
    // Checked before the text is made: a line costs more than many handlers.
    if (AUDIT_KINDS.has(notice.kind) && !isAuditOn[sideOf(notice)]) return;
    const { level, text, stack } = noticeText(notice);
    if (level === 'info') logger.log(text);
    else if (level === 'warn') logger.warn(text);
    else logger.error(text, stack);
  };
}

function sideOf({ kind }: Notice): 'publishing' | 'consuming' {
  return kind === 'received' || kind === 'processed' ? 'consuming' : 'publishing';
}
