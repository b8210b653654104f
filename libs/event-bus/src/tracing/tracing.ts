import { handlerSpans } from './handler-spans.js';
import type { Relation, Tracing } from './interface.js';
import { processSpans, type ProcessSpans } from './process-spans.js';
import { sdkTracer } from './sdk.js';
import { sendSpans } from './send-spans.js';
import { spanEvents } from './span-events.js';

/** Makes spans with the application's SDK. Does nothing while the application has none. */
export function tracing(relation: Relation): Tracing {
  const tracer = sdkTracer();
  const spans: ProcessSpans = new WeakMap();
  return {
    sends: (backend) => sendSpans(backend, tracer),
    deliveries: (backend) => processSpans(spans, relation, backend, tracer),
    handlers: handlerSpans(spans, tracer),
    observe: spanEvents(spans),
  };
}
