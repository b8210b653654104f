import { inspect, type InspectOptions } from 'node:util';
import { lineText, type NoticeLine } from '../../core/notices/notice-text.js';

/** Nest's colors. */
const COLORS = { info: 32, warn: 33, error: 31 } as const;

/**
 * A message for Nest's logger.
 *
 * - Loggers that print text, such as Nest's own, print it as one line: what happened, and `key=value` pairs.
 * - Loggers that print objects, such as that of nestjs-pino, find the same keys as properties of their own, with `msg`
 *   for what happened. So does Nest's own with `json`.
 */
export class LogLine {
  /** Typed as unknown: the keys depend on the line. */
  readonly [key: string]: unknown;
  readonly #line: NoticeLine;

  constructor(line: NoticeLine) {
    this.#line = line;
    const { what, fields, stack } = line;
    Object.assign(this, { msg: what }, Object.fromEntries(fields), stack === undefined ? {} : { stack });
  }

  /** For loggers that look for the text under this name, such as those of winston. */
  get message(): string {
    return this.#line.what;
  }

  toString(): string {
    return lineText(this.#line.what, this.#line.fields);
  }

  /** What `console.log` and Nest's logger print. */
  [inspect.custom](_depth: number, { colors = false }: InspectOptions): string {
    const { level, stack } = this.#line;
    const text = colors ? `\u001B[${COLORS[level]}m${this.toString()}\u001B[39m` : this.toString();
    return stack === undefined ? text : `${text}\n${stack}`;
  }
}
