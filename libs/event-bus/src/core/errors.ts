import type { Position } from './backend.js';
import type { Event } from './event.js';

/**
 * A setting, an option or an argument is wrong. The operator can mend it; the process does not start.
 * The message lists every problem found, one a line: what, what was given, what is allowed.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // The operator mends a setting, not the code: frames would only hide the message.
    this.stack = `${this.name}: ${message}`;
  }
}

/** An event cannot be published as it is: its data does not fit, it has no route, its key path is wrong. The publishing code must change. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
}

/**
 * The broker did not confirm an event for at least one of its topics. It may be there all the same when the answer got lost.
 *
 * To send it again under the same id: `const { definition, data, metadata } = error.event; bus.publish(definition, data, { metadata, topic, keyField })` for each
 * `topic` and `keyField` of `failures`.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError';

  constructor(
    readonly event: Event,
    /** The topics that did not confirm, by the names given in the route. */
    readonly failures: readonly {
      readonly topic: string;
      readonly keyField: string | undefined;
      readonly error: Error;
    }[],
    /** The topics that did. */
    readonly published: readonly { readonly topic: string; readonly position: Position }[],
  ) {
    const { type, id } = event.metadata;
    const reasons = failures.map(({ topic, error }) => `${topic}: ${error.message}`).join('; ');
    super(`Could not publish ${type} ${id} to ${reasons}`, { cause: failures[0]?.error });
  }
}

/** The broker will never take this record (too large, say). The publisher must change it; sending it again is useless. */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError';
}

/** A broker or a registry does not answer, or has no room. Its operator must act; the same call may succeed later. */
export class UnavailableError extends Error {
  override readonly name: string = 'UnavailableError';
}

/**
 * A broker or a registry is there and does not let us in: it refuses the user, the rights or our certificate, or we do not trust its own.
 * Whoever runs it or this process must change something; until then it is as good as away, and the same call may succeed later.
 */
export class AccessRefusedError extends UnavailableError {
  override readonly name = 'AccessRefusedError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // As with a wrong setting, which it mostly is.
    this.stack = `${this.name}: ${message}`;
  }
}

/** There is no host of the name that a setting gives. Either it is wrong, or that host will come back under its name. */
export class UnknownHostError extends UnavailableError {
  override readonly name = 'UnknownHostError';
}

/**
 * The reason of a `lost` that aborts a moment before its record goes to another member: nothing of it may begin any more, and what has
 * begun may end and is settled.
 */
export class HandoverError extends Error {
  override readonly name = 'HandoverError';
}

/** An operation on topics or groups is not possible as asked: unknown group, group with members, position that does not fit. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/** A record cannot be read as an event, now or ever. Its publisher made it wrong; the consumer sets it aside. */
export class UnusableRecordError extends Error {
  override readonly name = 'UnusableRecordError';
}

/** For handlers to throw: trying again would fail in the same way, so the event goes to the dead letters at once. */
export class UnrecoverableError extends Error {
  override readonly name: string = 'UnrecoverableError';
}

/** Nobody here handles events of the record's type, and the operator chose that such events are not to be passed over. */
export class UnhandledEventError extends Error {
  override readonly name = 'UnhandledEventError';

  constructor(
    type: string,
    readonly action: 'dead-letter' | 'halt',
  ) {
    super(`Nobody here handles events of type ${type}.`);
  }
}

/** A handler whose policy is `halt` failed for good, or nobody handles an event where that is to halt. The record stays unsettled and the process ends. */
export class HaltError extends Error {
  override readonly name = 'HaltError';
}

/** The time for a stop was over while handlers still ran, or before all had ended. Events in hand will be handled again. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}

/** As many records in a row failed as the operator allows. The last one is settled and the process ends. */
export class ErrorsLimitError extends Error {
  override readonly name = 'ErrorsLimitError';
}
