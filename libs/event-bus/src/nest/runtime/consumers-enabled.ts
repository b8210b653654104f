import { ConsumersDisabledError } from './exit-code.js';
import { consumerSettings, type EventBusSettings } from '../settings/event-bus-settings.js';

/** Throws `ConsumersDisabledError` if the operator has switched off the consumers of this backend. */
export function checkConsumersEnabled(settings: EventBusSettings): void {
  if (consumerSettings(settings.consumer, settings).consumersEnabled) return;
  throw new ConsumersDisabledError(
    `Consumers are switched off: EVENT_BUS_${settings.consumer.toUpperCase()}_CONSUMERS_ENABLED is false.`,
  );
}
