import { parse, stringify } from 'lossless-json';

/** Parses JSON. Integers that a double cannot hold become `bigint`, so that no digit is lost. Throws `SyntaxError`. */
export function parseJson(text: string): unknown {
  return parse(text, undefined, (digits) => {
    const number = Number(digits);
    return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
  });
}

/** Returns one line of JSON. A `bigint` keeps all its digits; numbers that are not finite become `null`. */
export function toJsonLine(value: unknown): string {
  return stringify(value) ?? 'null';
}
