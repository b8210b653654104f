import { types } from 'node:util';

/**
 * Returns whether a value is an Error, also one of another realm. Jest runs tests in a realm of their own, in which the
 * errors of Node and of Jest are no instances of `Error`.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Returns whether a module could not be loaded because it, or one that it imports, is not installed. */
export function isModuleNotFound(thrown: unknown): thrown is Error {
  // `import` gives the first code, `require` and Jest the second.
  return isError(thrown) && 'code' in thrown && CODES.some((code) => code === thrown.code);
}

const CODES = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
