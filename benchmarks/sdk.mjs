// OpenTelemetry's SDK as an application sets it, with an exporter that sends nothing.
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

const EXPORTER = {
  export: (_, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};

/** Sets the SDK of this process. It samples this share of the traces. */
export function setSdk(share) {
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) });
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(EXPORTER)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  // From the first use on, Node before 24 follows every promise. In an application, the first request does this.
  context.with(ROOT_CONTEXT, () => undefined);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
