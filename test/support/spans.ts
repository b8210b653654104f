import { context, INVALID_SPAN_CONTEXT, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { until } from 'nest-event-bus/testing';

/** OpenTelemetry's SDK in this process. */
export interface Spans {
  /** All ended spans, oldest first. */
  all(): readonly ReadableSpan[];
  /** The ended spans of this name. */
  named(name: string): readonly ReadableSpan[];
  /** Waits until `count` spans of this name have ended, and returns them. */
  ended(name: string, count?: number): Promise<readonly ReadableSpan[]>;
  /** Removes the SDK from this process. */
  remove(): Promise<void>;
}

/** Sets the SDK of this process. The spec removes it: other specs may share the process. */
export function recordSpans({
  sampler = new AlwaysOnSampler(),
  processor,
  propagator = new W3CTraceContextPropagator(),
}: {
  readonly sampler?: Sampler;
  readonly processor?: SpanProcessor;
  readonly propagator?: TextMapPropagator;
} = {}): Spans {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter), ...(processor === undefined ? [] : [processor])];
  const provider = new BasicTracerProvider({ sampler, spanProcessors });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  const all = () => exporter.getFinishedSpans();
  const named = (name: string) => all().filter((span) => span.name === name);
  return {
    all,
    named,
    async ended(name, count = 1) {
      await until(() => named(name).length >= count, {
        withinMs: 20_000,
        what: () =>
          `${count} span(s) ${name}; ended: ${all()
            .map((span) => span.name)
            .join(', ')}`,
      });
      return named(name);
    },
    async remove() {
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    },
  };
}

/** The header that a record has if this span published it. */
export function traceparentOf(span: ReadableSpan | undefined): string {
  const { traceId, spanId, traceFlags } = span?.spanContext() ?? INVALID_SPAN_CONTEXT;
  return `00-${traceId}-${spanId}-0${traceFlags}`;
}
