import type { Start } from '../../core/backend.js';
import type { UnhandledAction } from '../../core/consume/delivery.js';

/** The options of a consumer. */
export interface ConsumeOptions {
  /** The topic without prefix. */
  readonly topic: string;
  readonly group: string;
  /** Overrides the setting. Applies only if the group has no position. */
  readonly from?: Start;
  /**
   * Moves the group once to the first record made at or after this time; see docs/replay.md. Later starts with the same
   * time continue at the group's position. For another time the group must have no members.
   */
  readonly offsetTime?: Date;
  /** Only these event types. By default all types that have a handler. */
  readonly eventTypes?: readonly string[];
  /** What to do with events that have no handler here. Overrides `EVENT_BUS_ON_UNHANDLED`. */
  readonly onUnhandled?: UnhandledAction;
  /** The name of this member, for operators. */
  readonly member?: string;
}
