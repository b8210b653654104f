import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { HandlersFailedError } from '../core/consume/delivery.js';
import { ATTRIBUTE } from './attributes.js';

/** Marks the span as failed, and records the error as the event `exception`. */
export function recordError(span: Span, error: Error): void {
  span.recordException(error);
  markFailed(span, error);
}

/** Marks the span as failed by an error that another span has recorded. */
export function markFailed(span: Span, error: Error): void {
  span.setAttribute(ATTRIBUTE.errorType, typeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** The class of an error; of several failed handlers, that of the first. */
function typeOf(error: Error): string {
  const cause = error instanceof HandlersFailedError ? (error.failures[0]?.error ?? error) : error;
  return cause.name;
}
