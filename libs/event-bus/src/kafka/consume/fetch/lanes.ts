import type { Started } from './started.js';

/** A request for some partitions of one broker. */
export interface Flight {
  readonly nodeId: number;
  readonly lane: Lane;
  /** How long the broker may wait for records, in ms. */
  readonly waitMs: number;
  readonly partitions: readonly Started[];
}

/** Each lane has its own connection. */
export type Lane = 'long' | 'short';

/**
 * How long the broker may wait for records on the short lane, in ms. A partition that is wanted again while both lanes
 * are waiting waits at most this long.
 */
const SHORT_MS = 20;

/**
 * The fetch requests under way. Each broker has two lanes, because it answers the requests of one connection in turn:
 *
 * - The long lane waits for new records of idle partitions.
 * - The short lane serves partitions that are wanted meanwhile.
 */
export class Lanes {
  readonly #pollMs: number;
  readonly #flights = new Map<string, Flight>();

  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** Takes a lane for a request to this broker. Returns `undefined` if the partitions must wait for a free lane. */
  take(nodeId: number, partitions: readonly Started[]): Flight | undefined {
    const isLongTaken = this.#flights.has(keyOf(nodeId, 'long'));
    // The short lane is free soon. Then all wanted partitions share a request.
    if (this.#flights.has(keyOf(nodeId, 'short'))) return undefined;
    const lane = isLongTaken ? 'short' : 'long';
    const waitMs = isLongTaken ? Math.min(SHORT_MS, this.#pollMs) : this.#pollMs;
    const flight: Flight = { nodeId, lane, waitMs, partitions };
    this.#flights.set(keyOf(nodeId, lane), flight);
    for (const each of partitions) each.flight = flight;
    return flight;
  }

  /** Frees the lane of the request. */
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
