import type { Started } from './started.js';

/** One request for some partitions of one broker. */
export interface Flight {
  readonly nodeId: number;
  readonly lane: Lane;
  /** How long the broker may wait for records before it answers, in ms. */
  readonly waitMs: number;
  readonly partitions: readonly Started[];
}

/** Each has a connection of its own. */
export type Lane = 'long' | 'short';

/**
 * How long the broker may wait for records on the short lane, in ms: a partition that is wanted again while both lanes wait waits no longer
 * than that.
 */
const SHORT_MS = 20;

/**
 * What is asked of the brokers at the moment. Two requests for each may be under way: one that waits long for records of partitions that have no new
 * ones; and one beside it, for those that have become wanted meanwhile. A broker answers the requests of one connection in turn.
 */
export class Lanes {
  readonly #pollMs: number;
  readonly #flights = new Map<string, Flight>();

  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** Takes a lane to ask this broker for the partitions; `undefined` when they have to wait until one is free. */
  take(nodeId: number, partitions: readonly Started[]): Flight | undefined {
    const isLongTaken = this.#flights.has(keyOf(nodeId, 'long'));
    // It ends soon; then all that is wanted travels together again.
    if (this.#flights.has(keyOf(nodeId, 'short'))) return undefined;
    const lane = isLongTaken ? 'short' : 'long';
    const waitMs = isLongTaken ? Math.min(SHORT_MS, this.#pollMs) : this.#pollMs;
    const flight: Flight = { nodeId, lane, waitMs, partitions };
    this.#flights.set(keyOf(nodeId, lane), flight);
    for (const each of partitions) each.flight = flight;
    return flight;
  }

  /** Frees its lane. */
  end(flight: Flight): void {
    const key = keyOf(flight.nodeId, flight.lane);
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    for (const each of flight.partitions) if (each.flight === flight) each.flight = undefined;
  }

  isUnderWay(flight: Flight): boolean {
    return this.#flights.get(keyOf(flight.nodeId, flight.lane)) === flight;
  }
}

function keyOf(nodeId: number, lane: Lane): string {
  return `${nodeId} ${lane}`;
}
