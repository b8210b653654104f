import { Logger } from '@nestjs/common';
import type { Notice, Observer } from '../../core/notices/notice.js';
import { AUDIT_KINDS, noticeLine, UNLOGGED_KINDS } from '../../core/notices/notice-text.js';
import type { ActiveTrace } from '../runtime/load-active-trace.js';
import { LogLine } from './log-line.js';

/** The sides whose audit log is on. */
interface AuditedSides {
  readonly publishing: boolean;
  readonly consuming: boolean;
}

/**
 * Passes core's notices to Nest's logger, as `EventBus`, with the ids of the active trace. Lines about single events are
 * logged only if the audit log of that side is on.
 */
export function logNotices(isAuditOn: AuditedSides, activeTrace: ActiveTrace): Observer {
  const logger = new Logger('EventBus');
  return (notice) => {
    if (UNLOGGED_KINDS.has(notice.kind)) return;
    // Checked before the line is made: it costs more than many handlers.
    if (AUDIT_KINDS.has(notice.kind) && !isAuditOn[sideOf(notice)]) return;
    const line = noticeLine(notice);
    const trace = activeTrace();
    const message = new LogLine(trace === undefined ? line : { ...line, fields: [...line.fields, ...trace] });
    if (line.level === 'info') logger.log(message);
    else if (line.level === 'warn') logger.warn(message);
    else logger.error(message);
  };
}

function sideOf({ kind }: Notice): 'publishing' | 'consuming' {
  return kind === 'received' || kind === 'redelivered' || kind === 'processed' ? 'consuming' : 'publishing';
}
