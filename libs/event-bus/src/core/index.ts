export {
  type AttributeNames,
  attributeHeaders,
  CLOUD_EVENTS_NAMES,
  cloudEventsHeaders,
  type NewMetadata,
  newMetadata,
} from './event/attributes.js';
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
export type { Encoded, RecordCodec } from './event/codec.js';
export { Consumer, type ConsumerOptions, type Ordering } from './consume/consumer.js';
export { deadLetterTopic, deadLetterTopics, isDeadLetterTopic } from './topics/dead-letter-topic.js';
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
} from './consume/delivery.js';
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
export { defineEvent } from './event/define-event.js';
export type { DataOf, Event, EventDefinition, EventMetadata } from './event/event.js';
export {
  EventPublisher,
  type EventPublisherOptions,
  type Published,
  type PublishOptions,
} from './publish/event-publisher.js';
export type { Int64 } from './event/int64.js';
export { MemberLifecycle, type MemberWork } from './member/member-lifecycle.js';
export { JointPublish, type JointPublishOptions, type Outcome as RecordOutcome } from './publish/joint-publish.js';
export type { Notice, Observer } from './notices/notice.js';
export { AUDIT_KINDS, type NoticeText, noticeText } from './notices/notice-text.js';
export { attributeReader, type AttributeReader, rawId } from './event/read-attributes.js';
export {
  type ProducerConfig,
  readRoutes,
  type Route,
  type RouteConfig,
  type Routes,
  type TopicRoutes,
} from './topics/routes.js';
export { parseInstant, parseStart } from './consume/start.js';
export type { TlsOptions } from './tls.js';
export { readTime, timeText } from './event/time.js';
export { fullTopic } from './topics/topic.js';
