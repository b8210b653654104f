import type { Start } from '../../core/backend.js';
import type { UnhandledAction } from '../../core/delivery.js';

/** What a consumer process consumes. */
export interface ConsumeOptions {
  /** Without prefix. */
  readonly topic: string;
  readonly group: string;
  /** In place of the setting; applies only while the group has no position. */
  readonly from?: Start;
  /**
   * Moves the group, once, to the first record made at or after this time; see docs/replay.md. Later starts with the same time go on where
   * the group stands; with another time it has to have no members.
   */
  readonly offsetTime?: Date;
  /** Only these event types; by default all that have a handler. */
  readonly eventTypes?: readonly string[];
  /** What happens to events of a type that no handler here is for, in place of the setting `EVENT_BUS_ON_UNHANDLED`. */
  readonly onUnhandled?: UnhandledAction;
  /** This member's name, for operators. */
  readonly member?: string;
}
