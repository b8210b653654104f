import {
  context,
  type Context,
  createContextKey,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Position } from '../core/backend.js';
import type { EventMetadata } from '../core/event.js';
import type { Sending, SendTracer } from '../core/send-tracer.js';
import { ATTRIBUTE, errorType, operation } from './attributes.js';
import type { TracedBackend } from './interface.js';
import type { SdkTracer } from './sdk.js';
import { withTraceContext } from './trace-headers.js';

/** A span `send <topic>` for each record that is published. Its context travels in the headers of the record. */
export function sendSpans({ system, positionAttributes }: TracedBackend, tracer: SdkTracer): SendTracer {
  const topics = new Map<string, { readonly name: string; readonly options: object }>();
  const optionsOf = (topic: string) => {
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const options = { kind: SpanKind.PRODUCER, attributes: operation(system, 'send', topic) };
    const made = { name: `send ${topic}`, options };
    topics.set(topic, made);
    return made;
  };
  return {
    begin(metadata, topic) {
      const sdk = tracer();
      if (sdk === undefined) return undefined;
      const active = context.active();
      const { name, options } = optionsOf(topic);
      const span = sdk.startSpan(name, options, active);
      const within = trace.setSpan(active, span);
      return span.isRecording()
        ? new RecordedSending(within, span, metadata, positionAttributes)
        : new UnrecordedSending(within);
    },
  };
}

/** Tells the consumer that this trace is not sampled. */
class UnrecordedSending implements Sending {
  constructor(protected readonly within: Context) {}

  headers(own: Parameters<Sending['headers']>[0]): ReturnType<Sending['headers']> {
    return withTraceContext(this.within, own);
  }

  run<Result>(send: () => Result): Result {
    return send();
  }

  sent(_: Position): void {
    // Nothing is recorded.
  }

  failed(_: Error): void {
    // Nothing is recorded.
  }
}

/** The key of the SDK's `suppressTracing`, which instrumentations of the brokers' clients heed. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

class RecordedSending extends UnrecordedSending {
  constructor(
    within: Context,
    private readonly span: Span,
    { id, type, source }: EventMetadata,
    private readonly positionAttributes: TracedBackend['positionAttributes'],
  ) {
    super(within);
    span.setAttribute(ATTRIBUTE.messageId, id);
    span.setAttribute(ATTRIBUTE.eventType, type);
    if (source !== undefined) span.setAttribute(ATTRIBUTE.eventSource, source);
  }

  override run<Result>(send: () => Result): Result {
    return context.with(this.within.setValue(SUPPRESSED, true), send);
  }

  override sent(position: Position): void {
    this.span.setAttribute(ATTRIBUTE.position, position);
    if (this.positionAttributes !== undefined) this.span.setAttributes(this.positionAttributes(position));
    this.span.end();
  }

  override failed(error: Error): void {
    fail(this.span, error);
    this.span.end();
  }
}

/** Records the error on the span. */
export function fail(span: Span, error: Error): void {
  span.recordException(error);
  span.setAttribute(ATTRIBUTE.errorType, errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
