import { context, SpanKind, trace } from '@opentelemetry/api';
import { asPromise } from '../core/as-promise.js';
import { asError } from '../core/backoff.js';
import type { Handler } from '../core/consume/delivery.js';
import { ATTRIBUTE } from './attributes.js';
import type { ProcessSpans } from './process-spans.js';
import type { SdkTracer } from './sdk.js';
import { safely } from './safely.js';
import { recordError } from './span-error.js';

type Handlers = readonly Handler[];

/** Wraps handlers: each call of a handler has a span, a child of that of its delivery. */
export function handlerSpans(spans: ProcessSpans, tracer: SdkTracer): (handlers: Handlers) => Handlers {
  const wrapped = new WeakMap<Handler, Handler>();
  const lists = new WeakMap<Handlers, Handlers>();
  const wrap = (handler: Handler): Handler => {
    const known = wrapped.get(handler);
    if (known !== undefined) return known;
    const { name, policy } = handler;
    const made: Handler = {
      name,
      policy,
      handle(event, attempt) {
        const process = spans.get(attempt.delivery);
        const sdk = process === undefined ? undefined : tracer();
        if (process === undefined || sdk === undefined) return handler.handle(event, attempt);
        const attributes = { [ATTRIBUTE.function]: name, [ATTRIBUTE.attempt]: attempt.attempt };
        const options = { kind: SpanKind.INTERNAL, attributes };
        const span = safely(() => sdk.startSpan(name, options, process.within));
        if (span === undefined) return handler.handle(event, attempt);
        const call = () => handler.handle(event, attempt);
        return asPromise(() => context.with(trace.setSpan(process.within, span), call)).then(
          () => {
            safely(() => span.end());
          },
          (thrown: unknown) => {
            safely(() => {
              recordError(span, asError(thrown));
              span.end();
            });
            throw thrown;
          },
        );
      },
    };
    wrapped.set(handler, made);
    return made;
  };
  return (handlers) => {
    if (handlers.length === 0) return handlers;
    const known = lists.get(handlers);
    if (known !== undefined) return known;
    const made = handlers.map(wrap);
    lists.set(handlers, made);
    return made;
  };
}
