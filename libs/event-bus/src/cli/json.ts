import { parse, stringify } from 'lossless-json';

/** Parses JSON; integers that a double cannot hold become `bigint`, so that no digit is lost. Throws `SyntaxError`. */
export function parseJson(text: string): unknown {
  return parse(text, undefined, (digits) => {
    const number = Number(digits);
    return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
  });
}

/** One line of JSON; `bigint` with all its digits, what is not finite as `null`. */
export function toJsonLine(value: unknown): string {
  return stringify(value) ?? 'null';
}
