import type { Attributes } from '@opentelemetry/api';

/** The attribute names of OpenTelemetry's conventions for messaging, and our own, which begin with `event_bus`. */
export const ATTRIBUTE = {
  system: 'messaging.system',
  /** The name since version 1.45 of the conventions. Most tools know only the older one, so both are set. */
  systemName: 'messaging.system.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  group: 'messaging.consumer.group.name',
  messageId: 'messaging.message.id',
  eventType: 'cloudevents.event_type',
  eventSource: 'cloudevents.event_source',
  errorType: 'error.type',
  function: 'code.function.name',
  position: 'event_bus.position',
  outcome: 'event_bus.outcome',
  isReplay: 'event_bus.replay',
  attempt: 'event_bus.attempt',
} as const;

/** The attributes for which a sampler may look. */
export function operation(system: string, name: 'send' | 'process', topic: string): Attributes {
  return {
    [ATTRIBUTE.system]: system,
    [ATTRIBUTE.systemName]: system,
    [ATTRIBUTE.operationName]: name,
    [ATTRIBUTE.operationType]: name,
    [ATTRIBUTE.destination]: topic,
  };
}
