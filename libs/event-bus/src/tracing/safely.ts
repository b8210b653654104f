import { diag } from '@opentelemetry/api';
import { asError } from '../core/backoff.js';

/**
 * Calls `work` and returns its result. An error, for example of a sampler or a propagator of the application, goes to
 * OpenTelemetry's own log: it must not fail a publish or a delivery.
 */
export function safely<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (thrown) {
    diag.error('The event bus could not make a span', asError(thrown));
    return undefined;
  }
}
