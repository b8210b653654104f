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

/** With what status our processes end; 0 is a clean end, a stop by signal included. */
export const EXIT = {
  unexpected: 1,
  /** A wrong option, argument or setting, access refused for such, or what the group does not allow now; nothing was started. */
  usage: 2,
  /** A handler with policy `halt` failed for good; the event stays unsettled. */
  halted: 3,
  /** The limit of consecutive errors was reached. */
  errorsLimit: 4,
  /** Consumers are switched off by the settings. */
  consumersDisabled: 5,
  /** `event-bus consume` did not get the events it was to wait for. */
  timeout: 6,
  /** `event-bus produce` could not send every line. */
  notAllPublished: 7,
  /** `event-bus schemas`: a definition is incompatible with its frozen versions, or not frozen. */
  incompatible: 8,
  /** The stop timeout was over while handlers still ran or before all was closed, or a second signal came; events in hand will be handled again. */
  abandoned: 9,
  /** A broker, or the registry's host, could not be reached at start; nothing was consumed. */
  unavailable: 10,
} as const;

/** Consumers are switched off by the operator. */
export class ConsumersDisabledError extends Error {
  override readonly name = 'ConsumersDisabledError';
}

/** The status for the error that ended a process. */
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
