import {
  context,
  type Context,
  type Link,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { asError } from '../core/backoff.js';
import type { Delivery, Middleware } from '../core/consume/delivery.js';
import { Released } from '../core/consume/open-delivery.js';
import { ATTRIBUTE, operation } from './attributes.js';
import type { Relation, TracedBackend } from './interface.js';
import type { SdkTracer } from './sdk.js';
import { safely } from './safely.js';
import { markFailed } from './span-error.js';
import { traceContextOf } from './trace-headers.js';

/** The recorded spans of deliveries. Deliveries of traces that are not sampled are not in it. */
export type ProcessSpans = WeakMap<Delivery, ProcessSpan>;

/**
 * Makes a span `process <topic>` for each delivery of a sampled trace, from its start until its outcome, retries and dead letter included.
 * The span is active in everything that the delivery calls.
 */
export function processSpans(
  spans: ProcessSpans,
  relation: Relation,
  backend: TracedBackend,
  tracer: SdkTracer,
): Middleware {
  const topics = new Map<string, SpanOptions>();
  const optionsOf = (topic: string, group: string): SpanOptions => {
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const attributes = { ...operation(backend.system, 'process', topic), [ATTRIBUTE.group]: group };
    const made = { kind: SpanKind.CONSUMER, attributes };
    topics.set(topic, made);
    return made;
  };
  /** A context is that of a publisher who did not sample its trace, or of a span that is not recorded. */
  const begin = (sdk: Tracer, delivery: Delivery): ProcessSpan | Context => {
    const { record, group } = delivery;
    const { topic } = record;
    const published = traceContextOf(record.headers);
    const creation = trace.getSpanContext(published);
    // A replay may come long after its event: it is no part of that trace.
    const isChild = relation === 'parent' && !record.isReplay;
    // Most events are not sampled. To start a span only to ask the sampler would cost twice as much as reading the header.
    if (isChild && creation !== undefined && (creation.traceFlags & TraceFlags.SAMPLED) === 0) return published;
    const links: Link[] = creation === undefined ? [] : [{ context: creation }];
    const parent = isChild ? published : trace.deleteSpan(published);
    const span = sdk.startSpan(`process ${topic}`, { ...optionsOf(topic, group), links }, parent);
    const within = trace.setSpan(parent, span);
    return span.isRecording() ? new ProcessSpan(span, within, delivery, backend) : within;
  };
  return (delivery, next) => {
    const sdk = tracer();
    const begun = sdk === undefined ? undefined : safely(() => begin(sdk, delivery));
    if (begun === undefined) return next();
    if (!(begun instanceof ProcessSpan)) return context.with(begun, next);
    spans.set(delivery, begun);
    return context.with(begun.within, next).then(
      (outcome) => {
        safely(() => begun.end(outcome));
        return outcome;
      },
      (thrown: unknown) => {
        safely(() => begun.released(asError(thrown)));
        throw thrown;
      },
    );
  };
}

/** The span of one delivery. */
export class ProcessSpan {
  constructor(
    readonly span: Span,
    /** The context in which the span is active. */
    readonly within: Context,
    private readonly delivery: Delivery,
    private readonly backend: TracedBackend,
  ) {}

  end(outcome: string): void {
    if (!this.span.isRecording()) return;
    const { record, id, type, event } = this.delivery;
    const source = event?.metadata.source;
    this.span.setAttributes({
      ...(id === undefined ? {} : { [ATTRIBUTE.messageId]: id }),
      ...(type === undefined ? {} : { [ATTRIBUTE.eventType]: type }),
      ...(source === undefined ? {} : { [ATTRIBUTE.eventSource]: source }),
      ...(record.isReplay ? { [ATTRIBUTE.isReplay]: true } : {}),
      ...this.backend.positionAttributes?.(record.position),
      [ATTRIBUTE.position]: record.position,
      [ATTRIBUTE.outcome]: outcome,
    });
    this.span.end();
  }

  /** The record stays unsettled. It is no failure if it was only given back. */
  released(error: Error): void {
    this.span.addEvent('event_bus.released', { 'event_bus.reason': error.message });
    if (!(error instanceof Released)) markFailed(this.span, error);
    this.end('released');
  }
}
