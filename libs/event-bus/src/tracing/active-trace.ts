import { isSpanContextValid, trace } from '@opentelemetry/api';

/** The ids of the active span as log fields, or `undefined` if no span is active. */
export function activeTrace(): readonly (readonly [name: string, value: string])[] | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return [
    ['trace_id', span.traceId],
    ['span_id', span.spanId],
  ];
}
