/**
 * A 64-bit integer in the data of an event.
 *
 * Its type is `number`, because Open edX ids are numbers and handlers pass them on. A received value that a number
 * cannot hold exactly (beyond ±(2^53 − 1)) is a `bigint` at run time, never rounded. To publish such a value, pass a
 * `bigint`.
 */
export type Int64 = number;
