import { Logger } from '@nestjs/common';
import type { Notice, Observer } from '../../core/notice.js';
import { AUDIT_KINDS, noticeText } from '../../core/notice-text.js';

/** Gives core's notices to Nest's logger, as `EventBus`; the lines about single events only where the audit log of that side is on. */
export function logNotices(isAuditOn: { readonly publishing: boolean; readonly consuming: boolean }): Observer {
  const logger = new Logger('EventBus');
  return (notice) => {
    // Before the text is made: a line costs more than many a handler.
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
