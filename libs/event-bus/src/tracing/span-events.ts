import { SpanStatusCode } from '@opentelemetry/api';
import type { Notice, Observer } from '../core/notice.js';
import { ATTRIBUTE, errorType } from './attributes.js';
import { fail } from './send-spans.js';
import type { ProcessSpans } from './process-spans.js';

/** Adds what happens to a delivery to its span, as events. */
export function spanEvents(spans: ProcessSpans): Observer {
  return (notice) => {
    switch (notice.kind) {
      case 'handler-failed':
      case 'unusable':
      case 'dead-lettered':
      case 'skipped':
      case 'halted':
      case 'waiting':
        add(spans, notice);
    }
  };
}

type Told = Extract<
  Notice,
  { readonly kind: 'handler-failed' | 'unusable' | 'dead-lettered' | 'skipped' | 'halted' | 'waiting' }
>;

function add(spans: ProcessSpans, notice: Told): void {
  const span = notice.delivery === undefined ? undefined : spans.get(notice.delivery)?.span;
  if (span === undefined) return;
  const { error } = notice;
  switch (notice.kind) {
    case 'handler-failed': {
      const { handler, attempt, retryInMs } = notice;
      if (retryInMs === undefined) return;
      const attributes = { [ATTRIBUTE.function]: handler.name, [ATTRIBUTE.attempt]: attempt };
      span.addEvent('event_bus.retry', { ...attributes, 'event_bus.retry_in_ms': retryInMs });
      return;
    }
    case 'waiting':
      span.addEvent('event_bus.waiting', { doing: notice.doing, error: error.message });
      return;
    case 'unusable':
      fail(span, error);
      return;
    case 'dead-lettered':
      span.addEvent('event_bus.dead_letter', {
        [ATTRIBUTE.destination]: notice.topic,
        [ATTRIBUTE.position]: notice.position,
      });
      break;
    case 'skipped':
      span.addEvent('event_bus.skipped');
      break;
    case 'halted':
      span.addEvent('event_bus.halted');
  }
  span.setAttribute(ATTRIBUTE.errorType, errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
