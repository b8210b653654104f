import {
  context,
  type Context,
  type Link,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { ReceivedRecord } from '../core/backend.js';
import { asError } from '../core/backoff.js';
import type { Delivery, Middleware, Outcome } from '../core/delivery.js';
import { Released } from '../core/open-delivery.js';
import { ATTRIBUTE, errorType, operation } from './attributes.js';
import type { Relation, TracedBackend } from './interface.js';
import type { SdkTracer } from './sdk.js';
import { traceContextOf } from './trace-headers.js';

/** The recorded span of each delivery, with its context. */
export type ProcessSpans = WeakMap<Delivery, { readonly span: Span; readonly within: Context }>;

/**
 * A span `process <topic>` for each delivery, from its start until its outcome, retries and dead letter included. It is
 * active in everything that the delivery calls.
 */
export function processSpans(
  spans: ProcessSpans,
  relation: Relation,
  backend: TracedBackend,
  tracer: SdkTracer,
): Middleware {
  const { system, positionAttributes } = backend;
  const topics = new Map<string, { readonly name: string; readonly options: SpanOptions }>();
  const optionsOf = ({ topic }: ReceivedRecord, group: string) => {
    const key = `${topic} ${group}`;
    const known = topics.get(key);
    if (known !== undefined) return known;
    const attributes = { ...operation(system, 'process', topic), [ATTRIBUTE.group]: group };
    const made = { name: `process ${topic}`, options: { kind: SpanKind.CONSUMER, attributes } };
    topics.set(key, made);
    return made;
  };
  const end = (delivery: Delivery, span: Span) => {
    const { record } = delivery;
    const { type, id } = delivery;
    if (id !== undefined) span.setAttribute(ATTRIBUTE.messageId, id);
    if (type !== undefined) span.setAttribute(ATTRIBUTE.eventType, type);
    const source = delivery.event?.metadata.source;
    if (source !== undefined) span.setAttribute(ATTRIBUTE.eventSource, source);
    span.setAttribute(ATTRIBUTE.position, record.position);
    if (positionAttributes !== undefined) span.setAttributes(positionAttributes(record.position));
    if (record.isReplay) span.setAttribute(ATTRIBUTE.isReplay, true);
    span.end();
  };
  return (delivery, next) => {
    const sdk = tracer();
    if (sdk === undefined) return next();
    const { name, options } = optionsOf(delivery.record, delivery.group);
    const published = traceContextOf(delivery.record.headers);
    const creation = trace.getSpanContext(published);
    const parent = relation === 'parent' && !delivery.record.isReplay ? published : trace.deleteSpan(published);
    const links: Link[] = creation === undefined ? [] : [{ context: creation }];
    const span = sdk.startSpan(name, { ...options, links }, parent);
    const within = trace.setSpan(parent, span);
    if (!span.isRecording()) return context.with(within, next);
    spans.set(delivery, { span, within });
    return context.with(within, next).then(
      (outcome) => {
        settled(span, outcome);
        end(delivery, span);
        return outcome;
      },
      (thrown: unknown) => {
        released(span, asError(thrown));
        end(delivery, span);
        throw thrown;
      },
    );
  };
}

function settled(span: Span, outcome: Outcome): void {
  span.setAttribute(ATTRIBUTE.outcome, outcome);
}

/** The record stays unsettled. It is no error if it was only given back. */
function released(span: Span, error: Error): void {
  span.setAttribute(ATTRIBUTE.outcome, 'released');
  span.addEvent('event_bus.released', { reason: error.message });
  if (error instanceof Released) return;
  span.setAttribute(ATTRIBUTE.errorType, errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
