import {
  context,
  type Context,
  createContextKey,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { Headers, Position } from '../core/backend.js';
import type { EventMetadata } from '../core/event/event.js';
import type { Sending, SendTracer } from '../core/publish/send-tracer.js';
import { ATTRIBUTE, operation } from './attributes.js';
import type { TracedBackend } from './interface.js';
import type { SdkTracer } from './sdk.js';
import { safely } from './safely.js';
import { recordError } from './span-error.js';
import { withTraceContext } from './trace-headers.js';

/** Makes a span `send <topic>` for each record that is published. Its context travels in the headers of the record. */
export function sendSpans(backend: TracedBackend, tracer: SdkTracer): SendTracer {
  const topics = new Map<string, SpanOptions>();
  const optionsOf = (topic: string): SpanOptions => {
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const made = { kind: SpanKind.PRODUCER, attributes: operation(backend.system, 'send', topic) };
    topics.set(topic, made);
    return made;
  };
  const begin = (sdk: Tracer, metadata: EventMetadata, topic: string): Sending => {
    const active = context.active();
    const span = sdk.startSpan(`send ${topic}`, optionsOf(topic), active);
    const within = trace.setSpan(active, span);
    return span.isRecording() ? new RecordedSending(within, span, metadata, backend) : new UnrecordedSending(within);
  };
  return {
    begin(metadata, topic) {
      const sdk = tracer();
      return sdk === undefined ? undefined : safely(() => begin(sdk, metadata, topic));
    },
  };
}

/** Only passes on that this trace is not sampled. */
class UnrecordedSending implements Sending {
  constructor(private readonly within: Context) {}

  headers(own: Headers): Headers {
    return safely(() => withTraceContext(this.within, own)) ?? own;
  }

  run<Result>(send: () => Result): Result {
    return send();
  }

  sent(): void {
    // Nothing is recorded.
  }

  failed(): void {
    // Nothing is recorded.
  }
}

class RecordedSending implements Sending {
  constructor(
    private readonly within: Context,
    private readonly span: Span,
    { id, type, source }: EventMetadata,
    private readonly backend: TracedBackend,
  ) {
    span.setAttribute(ATTRIBUTE.messageId, id);
    span.setAttribute(ATTRIBUTE.eventType, type);
    if (source !== undefined) span.setAttribute(ATTRIBUTE.eventSource, source);
  }

  headers(own: Headers): Headers {
    return safely(() => withTraceContext(this.within, own)) ?? own;
  }

  run<Result>(send: () => Result): Result {
    return context.with(this.within.setValue(SUPPRESSED, true), send);
  }

  sent(position: Position): void {
    safely(() => {
      this.span.setAttributes({ ...this.backend.positionAttributes?.(position), [ATTRIBUTE.position]: position });
      this.span.end();
    });
  }

  failed(error: Error): void {
    safely(() => {
      recordError(this.span, error);
      this.span.end();
    });
  }
}

/**
 * The key of `suppressTracing` in @opentelemetry/core, which is part of the SDK. Instrumentations of the brokers' clients
 * heed it.
 */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
