import type { EventDefinition } from '../core/event/event.js';

/**
 * How bad a finding is:
 *
 * - `problem`: something does not work, or events are lost in normal operation.
 * - `warning`: events are lost or the bus stands still if one machine fails.
 * - `note`: worth knowing.
 */
export type Level = 'ok' | 'note' | 'warning' | 'problem';

/** What an inspection found, for operators. */
export interface Finding {
  readonly level: Level;
  /** What was inspected: `Kafka`, `topic orders`, `schema registry`. */
  readonly subject: string;
  /** The fact, as a sentence without a full stop. */
  readonly what: string;
  /** What it means for events, as a sentence. */
  readonly meaning?: string;
  /** What to do, as a sentence. */
  readonly advice?: string;
}

/** A topic that this service uses. */
export interface UsedTopic {
  /** The full name, prefix included. */
  readonly topic: string;
  /** The events that it publishes there. */
  readonly published: readonly EventDefinition[];
  readonly isConsumed: boolean;
}

/** How far the clock of this machine may be from that of a server, in ms. */
const MAX_SKEW_MS = 2_000;

/** The finding for the clock of a server. `ms` is its time minus the time of this machine. */
export function clockFinding(subject: string, ms: number): Finding {
  const seconds = (Math.abs(ms) / 1000).toFixed(1);
  if (Math.abs(ms) <= MAX_SKEW_MS) return { level: 'ok', subject, what: 'its clock and the clock here agree' };
  return {
    level: 'warning',
    subject,
    what: `its clock is ${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} the clock here`,
    meaning: 'The age of events and moves to a time are wrong by this difference.',
    advice: 'Synchronize the clocks of both machines (NTP).',
  };
}
