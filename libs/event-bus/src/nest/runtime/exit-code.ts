import { CommanderError } from 'commander';
import {
  AbandonedError,
  AccessRefusedError,
  AdminError,
  ErrorsLimitError,
  HaltError,
  SettingsError,
  UnavailableError,
} from '../../core/errors.js';

/** The exit codes of our processes. 0 is a clean end, also after a stop by signal. */
export const EXIT = {
  unexpected: 1,
  /** A wrong option, argument or setting, access refused, or a group that cannot be moved now. Nothing was started. */
  usage: 2,
  /**
   * A handler with policy `halt` failed for good, or an event has no handler and the setting is `halt`. The event stays
   * unsettled.
   */
  halted: 3,
  /** The limit of consecutive errors was reached. */
  errorsLimit: 4,
  /** The settings switch consumers off. */
  consumersDisabled: 5,
  /** `event-bus consume` did not get the requested events in time. */
  timeout: 6,
  /** `event-bus produce` could not publish every line. */
  notAllPublished: 7,
  /** `event-bus schemas`: a definition is incompatible with its frozen versions, or differs from them. */
  incompatible: 8,
  /** The stop timeout ran out, or a second signal came. Events in hand will be handled again. */
  abandoned: 9,
  /** A broker, or the registry's host, could not be reached at start. Nothing was consumed. */
  unavailable: 10,
  /** `event-bus doctor` found a problem. */
  problems: 11,
  /** `event-bus topics --plan`: the broker differs from what the code declares. */
  different: 12,
} as const;

/** The operator has switched consumers off. */
export class ConsumersDisabledError extends Error {
  override readonly name = 'ConsumersDisabledError';
}

/** Returns the exit code for the error that ended a process. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError || error instanceof AdminError) return EXIT.usage;
  if (error instanceof AccessRefusedError) return EXIT.usage;
  if (error instanceof UnavailableError) return EXIT.unavailable;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof HaltError) return EXIT.halted;
  if (error instanceof AbandonedError) return EXIT.abandoned;
  if (error instanceof ErrorsLimitError) return EXIT.errorsLimit;
  if (error instanceof ConsumersDisabledError) return EXIT.consumersDisabled;
  return EXIT.unexpected;
}
