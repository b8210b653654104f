import type { Span } from '@opentelemetry/api';
import type { Notice, Observer } from '../core/notices/notice.js';
import { ATTRIBUTE } from './attributes.js';
import type { ProcessSpans } from './process-spans.js';
import { markFailed, recordError } from './span-error.js';

/** Adds what happens to a delivery to its span, as events. */
export function spanEvents(spans: ProcessSpans): Observer {
  return (notice) => {
    // Every event has several notices, and most are of no interest here.
    const tell = EVENTS[notice.kind];
    if (tell === undefined || !('delivery' in notice)) return;
    const process = spans.get(notice.delivery);
    if (process === undefined) return;
    tell(process.span, notice as never);
    // Its handler never ends, and then the process does.
    if (notice.kind === 'abandoned') process.end('abandoned');
  };
}

type Events = { readonly [Kind in Notice['kind']]?: (span: Span, notice: Extract<Notice, { kind: Kind }>) => void };

const EVENTS: Events = {
  'handler-failed'(span, { handler, attempt, retryInMs }) {
    // The span of the call has the error.
    if (retryInMs === undefined) return;
    span.addEvent('event_bus.retry', {
      [ATTRIBUTE.function]: handler.name,
      [ATTRIBUTE.attempt]: attempt,
      'event_bus.retry_in_ms': Math.round(retryInMs),
    });
  },
  unusable: (span, { error }) => recordError(span, error),
  'dead-lettered'(span, { topic, position, error }) {
    span.addEvent('event_bus.dead_letter', { [ATTRIBUTE.destination]: topic, [ATTRIBUTE.position]: position });
    markFailed(span, error);
  },
  skipped(span, { error }) {
    span.addEvent('event_bus.skipped');
    markFailed(span, error);
  },
  halted(span, { error }) {
    span.addEvent('event_bus.halted');
    markFailed(span, error);
  },
  waiting(span, { doing, error, retryInMs }) {
    span.addEvent('event_bus.waiting', {
      'event_bus.reason': `${doing}: ${error.message}`,
      'event_bus.retry_in_ms': Math.round(retryInMs),
    });
  },
  abandoned: (span) => span.addEvent('event_bus.abandoned'),
};
