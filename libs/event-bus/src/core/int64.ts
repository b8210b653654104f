/**
 * A 64-bit integer in the data of an event.
 *
 * Typed `number`, because every id of Open edX is one and handlers pass them on as numbers. A received value that a number cannot hold
 * exactly (beyond ±(2^53 − 1)) is nevertheless handed over as a `bigint`, never rounded; to publish such a value, give a `bigint`.
 */
export type Int64 = number;
