import { BaseRpcContext } from '@nestjs/microservices';
import type { Event, EventMetadata } from '../../core/event.js';
import type { Attempt } from '../../core/delivery.js';

/** What a handler learns besides the data; inject it with `@Ctx()`. */
export class EventBusContext extends BaseRpcContext<[Event, Attempt]> {
  constructor(event: Event, attempt: Attempt) {
    super([event, attempt]);
  }

  /** The event's attributes; what the record did not carry is `undefined`. */
  get metadata(): EventMetadata {
    return this.args[0].metadata;
  }

  /** The full topic that the event came from. */
  get topic(): string {
    return this.args[1].delivery.record.topic;
  }

  get group(): string {
    return this.args[1].delivery.group;
  }

  get partition(): number {
    return this.args[1].delivery.record.partition;
  }

  /** Where the event lies, in the broker's own notation. */
  get position(): string {
    return this.args[1].delivery.record.position;
  }

  /** The decoded key, or `null`. */
  get key(): unknown {
    return this.args[1].delivery.key;
  }

  /** 1 for the first call of this handler for this event in this process. */
  get attempt(): number {
    return this.args[1].attempt;
  }

  /** Whether the group had passed this event before it was moved back. */
  get isReplay(): boolean {
    return this.args[1].delivery.record.isReplay;
  }
}
