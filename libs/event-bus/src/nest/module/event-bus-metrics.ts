import { Inject, Injectable } from '@nestjs/common';
import { SettingsError } from '../../core/errors.js';
import { type MetricsText, NO_METRICS_TEXT } from '../../metrics/exporter.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/** The metrics of the bus for Prometheus. Inject it into the controller that serves `/metrics`. */
@Injectable()
export class EventBusMetrics {
  constructor(@Inject(EVENT_BUS_RUNTIME) private readonly runtime: EventBusRuntime) {}

  /**
   * Resolves with all metrics of the registry, and the content type of the text. Rejects with `SettingsError` if metrics
   * are off, or go to OpenTelemetry.
   */
  async text(): Promise<MetricsText> {
    const { metrics } = this.runtime;
    if (metrics?.text === undefined) throw new SettingsError(`${NO_METRICS_TEXT}.`);
    return metrics.text();
  }
}
