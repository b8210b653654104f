import type { Position } from './backend.js';
import type { Event } from './event/event.js';

/**
 * A setting, an option or an argument is wrong. The operator can fix it; the process does not start. The message lists
 * all problems, one per line: the name, the given value and the allowed values.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // The operator fixes a setting, not code: stack frames would only hide the message.
    this.stack = `${this.name}: ${message}`;
  }
}

/**
 * An event cannot be published: its data does not fit, it has no route, or its key path is wrong. The publishing code
 * must change.
 */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
}

/**
 * The broker did not confirm an event for at least one of its topics. If the answer got lost, the broker may have the
 * event.
 *
 * To send the event again with the same id, for each `topic` and `keyField` of `failures`: `const { definition, data,
 * metadata } = error.event; bus.publish(definition, data, { metadata, topic, keyField })`
 */
export class PublishError extends Error {
  override readonly name = 'PublishError';

  constructor(
    readonly event: Event,
    /** The topics that did not confirm, named as in the route. */
    readonly failures: readonly {
      readonly topic: string;
      readonly keyField: string | undefined;
      readonly error: Error;
    }[],
    /** The topics that confirmed. */
    readonly published: readonly { readonly topic: string; readonly position: Position }[],
  ) {
    const { type, id } = event.metadata;
    const reasons = failures.map(({ topic, error }) => `${topic}: ${error.message}`).join('; ');
    super(`Could not publish ${type} ${id} to ${reasons}`, { cause: failures[0]?.error });
  }
}

/**
 * The broker will never accept this record, for example because it is too large. The publisher must change it; sending
 * it again is useless.
 */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError';
}

/** A broker or a registry does not answer or has no room. Its operator must act; the same call may succeed later. */
export class UnavailableError extends Error {
  override readonly name: string = 'UnavailableError';
}

/**
 * A broker or a registry refuses access: it rejects the user, the rights or our certificate, or we do not trust its
 * certificate. An operator must change something. Until then it counts as unavailable, and the same call may succeed
 * later.
 */
export class AccessRefusedError extends UnavailableError {
  override readonly name = 'AccessRefusedError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // As in `SettingsError`: the cause is usually a setting.
    this.stack = `${this.name}: ${message}`;
  }
}

/** A setting names a host that does not exist. Either the name is wrong, or the host will return. */
export class UnknownHostError extends UnavailableError {
  override readonly name = 'UnknownHostError';
}

/**
 * The reason of `lost` shortly before its record goes to another member. No handler of the record may start any more.
 * Running handlers may end, and then the record is settled.
 */
export class HandoverError extends Error {
  override readonly name = 'HandoverError';
}

/**
 * An operation on topics or groups is impossible as requested: unknown group, group with members, or a position that
 * does not fit.
 */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/** A record can never be read as an event, because of its publisher. The consumer sends it to the dead letters. */
export class UnusableRecordError extends Error {
  override readonly name: string = 'UnusableRecordError';
}

/** Too many members vanished with the record in hand; it may have ended their processes. */
export class DeliveryLimitError extends UnusableRecordError {
  override readonly name = 'DeliveryLimitError';
}

/** Thrown by handlers if a retry would fail in the same way: the event goes to the dead letters at once. */
export class UnrecoverableError extends Error {
  override readonly name: string = 'UnrecoverableError';
}

/** This process has no handler for the event, and the operator chose not to settle such events. */
export class UnhandledEventError extends Error {
  override readonly name = 'UnhandledEventError';

  constructor(
    type: string,
    readonly action: 'dead-letter' | 'halt',
  ) {
    super(`This consumer has no handler for events of type ${type}.`);
  }
}

/**
 * A handler with the policy `halt` failed for good, or there is no handler and the policy for that is `halt`. The
 * record stays unsettled and the process ends.
 */
export class HaltError extends Error {
  override readonly name = 'HaltError';
}

/** The stop timed out before all handlers, or the whole stop, had ended. Events in hand will be handled again. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}

/** The operator's limit of failed records in a row was reached. The last one is settled and the process ends. */
export class ErrorsLimitError extends Error {
  override readonly name = 'ErrorsLimitError';
}
