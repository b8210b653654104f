export { EventBus } from './nest/event-bus.js';
export { EventBusModule } from './nest/event-bus.module.js';
export { EventBusContext } from './nest/context.js';
export { OnEvent, type OnEventOptions } from './nest/on-event.js';
export type { ConsumeOptions } from './nest/consume-options.js';
export { EventBusStrategy } from './nest/strategy.js';
export { type ConnectOptions, connectConsumer } from './nest/connect-consumer.js';
export { runConsumer, type RunConsumerOptions } from './nest/run-consumer.js';
export { defaultSettings, type EventBusSettings } from './nest/settings/event-bus-settings.js';
export type { EventBusOptions } from './nest/options.js';
export { EXIT } from './nest/exit-code.js';
export type { FinalAction, UnhandledAction } from './core/delivery.js';
export type { Published, PublishOptions } from './core/event-publisher.js';
export { type DataOf, defineEvent, type Event, type EventDefinition, type EventMetadata } from './core/event.js';
export {
  AbandonedError,
  AccessRefusedError,
  AdminError,
  ErrorsLimitError,
  HaltError,
  InvalidEventError,
  PublishError,
  RecordRefusedError,
  SettingsError,
  UnavailableError,
  UnhandledEventError,
  UnknownHostError,
  UnrecoverableError,
  UnusableRecordError,
} from './core/errors.js';
export { EventData, eventOf } from './events/event-class.js';
export { Field, type FieldOptions, type FieldType } from './events/field.js';
