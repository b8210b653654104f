export { EventBus } from './nest/module/event-bus.js';
export { EventBusMetrics } from './nest/module/event-bus-metrics.js';
export { EventBusModule } from './nest/module/event-bus.module.js';
export { EventBusContext } from './nest/handlers/context.js';
export { OnEvent, type OnEventOptions } from './nest/handlers/on-event.js';
export type { ConsumeOptions } from './nest/consumer/consume-options.js';
export { EventBusStrategy } from './nest/consumer/strategy.js';
export { type ConnectOptions, connectConsumer } from './nest/consumer/connect-consumer.js';
export { runConsumer, type RunConsumerOptions } from './nest/consumer/run-consumer.js';
export { defaultSettings, type EventBusSettings } from './nest/settings/event-bus-settings.js';
export type { EventBusOptions, EventRoutes } from './nest/runtime/options.js';
export type { MetricsText } from './metrics/exporter.js';
export type { MetricsOption } from './metrics/options.js';
export type { ProducerConfig, RouteConfig, TopicRoutes } from './core/topics/routes.js';
export { EXIT } from './nest/runtime/exit-code.js';
export type { Notice, Observer } from './core/notices/notice.js';
export type { FinalAction, UnhandledAction } from './core/consume/delivery.js';
export type { Published, PublishOptions } from './core/publish/event-publisher.js';
export { defineEvent } from './core/event/define-event.js';
export type { DataOf, Event, EventDefinition, EventMetadata } from './core/event/event.js';
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
export { EventData, eventOf } from './event-classes/event-class.js';
export { Field, type FieldOptions, type FieldType } from './event-classes/field.js';
