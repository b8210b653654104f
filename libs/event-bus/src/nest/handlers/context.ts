import { BaseRpcContext } from '@nestjs/microservices';
import type { Event, EventMetadata } from '../../core/event/event.js';
import type { Attempt } from '../../core/consume/delivery.js';

/** What a handler gets besides the data. Inject it with `@Ctx()`. */
export class EventBusContext extends BaseRpcContext<[Event, Attempt]> {
  constructor(event: Event, attempt: Attempt) {
    super([event, attempt]);
  }

  /** The event's attributes. Attributes that the record does not have are `undefined`. */
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

  /** The position of the event, in the broker's notation. */
  get position(): string {
    return this.args[1].delivery.record.position;
  }

  /** The decoded key, or `null`. */
  get key(): unknown {
    return this.args[1].delivery.key;
  }

  /** The attempt of this handler for this event in this process; the first is 1. */
  get attempt(): number {
    return this.args[1].attempt;
  }

  /** Whether the event is a replay: the group had settled it before it was moved back. */
  get isReplay(): boolean {
    return this.args[1].delivery.record.isReplay;
  }
}
