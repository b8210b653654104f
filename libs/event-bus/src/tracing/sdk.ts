import { type Tracer, type TracerProvider, trace } from '@opentelemetry/api';

const NAME = 'nest-event-bus';

/** See {@link sdkTracer}. */
export type SdkTracer = () => Tracer | undefined;

/**
 * Returns the tracer of the application's SDK, or `undefined` as long as the application has not set one. Without an SDK,
 * no span and no header is made.
 */
export function sdkTracer(): SdkTracer {
  let known: TracerProvider | undefined;
  let tracer: Tracer | undefined;
  return () => {
    const provider = trace.getTracerProvider();
    // Asked each time: tests replace the SDK, and applications may set it late.
    const current = isProxy(provider) ? provider.getDelegate() : provider;
    if (current === known) return tracer;
    known = current;
    tracer = isProxy(provider) ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
    return tracer;
  };
}

/** What the API hands out, also before an SDK is set. Its class is not compared: there may be several copies of the API. */
interface Proxy extends TracerProvider {
  getDelegate(): TracerProvider;
  getDelegateTracer(name: string): Tracer | undefined;
}

function isProxy(provider: TracerProvider): provider is Proxy {
  return 'getDelegate' in provider && 'getDelegateTracer' in provider;
}
