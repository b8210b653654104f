export {
  type AttributeNames,
  attributeHeaders,
  CLOUD_EVENTS_NAMES,
  cloudEventsHeaders,
  type NewMetadata,
  newMetadata,
} from './attributes.js';
export type {
  Admin,
  Backend,
  GroupMove,
  GroupPosition,
  HandleRecord,
  Header,
  Headers,
  LostSignal,
  MoveOptions,
  MoveTarget,
  OutgoingRecord,
  Position,
  PublishCallOptions,
  Publisher,
  ReceivedRecord,
  Start,
  Subscriber,
  Subscription,
  TopicGroup,
} from './backend.js';
export type { Encoded, RecordCodec } from './codec.js';
export { Consumer, type ConsumerOptions, type Ordering } from './consumer.js';
export { deadLetterTopic, deadLetterTopics, isDeadLetterTopic } from './dead-letter-topic.js';
export {
  type Attempt,
  type Delivery,
  type FailurePolicy,
  type FinalAction,
  type Handler,
  type HandlerFailure,
  HandlersFailedError,
  type Middleware,
  type Outcome,
  type UnhandledAction,
} from './delivery.js';
export {
  AbandonedError,
  AccessRefusedError,
  AdminError,
  ErrorsLimitError,
  HandoverError,
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
} from './errors.js';
export { defineEvent } from './define-event.js';
export type { DataOf, Event, EventDefinition, EventMetadata } from './event.js';
export { EventPublisher, type EventPublisherOptions, type Published, type PublishOptions } from './event-publisher.js';
export type { Int64 } from './int64.js';
export { MemberLifecycle, type MemberWork } from './member-lifecycle.js';
export { JointPublish, type JointPublishOptions, type Outcome as RecordOutcome } from './joint-publish.js';
export type { Notice, Observer } from './notice.js';
export { AUDIT_KINDS, type NoticeText, noticeText } from './notice-text.js';
export { attributeReader, type AttributeReader, rawId } from './read-attributes.js';
export {
  type ProducerConfig,
  readRoutes,
  type Route,
  type RouteConfig,
  type Routes,
  type TopicRoutes,
} from './routes.js';
export { parseInstant, parseStart } from './start.js';
export type { TlsOptions } from './tls.js';
export { readTime, timeText } from './time.js';
export { fullTopic } from './topic.js';
