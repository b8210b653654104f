import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asError } from './backoff.js';
import { isError, isModuleNotFound } from './is-error.js';

const foreign: unknown = runInNewContext(`Object.assign(new TypeError('x'), { code: 'MODULE_NOT_FOUND' })`);

describe('isError', () => {
  it('knows errors of another realm, as Node throws them under Jest', () => {
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isError(foreign)).toBe(true);
    expect(asError(foreign)).toBe(foreign);
    expect(isError({ name: 'Error', message: 'x' })).toBe(false);
  });
});

describe('isModuleNotFound', () => {
  it('knows a missing module by the codes of import, require and Jest', async () => {
    const name = 'a-package-that-is-not-installed';
    const imported: unknown = await import(name).catch((thrown: unknown) => thrown);
    expect(isModuleNotFound(Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' }))).toBe(true);
    expect(isModuleNotFound(imported)).toBe(true);
    expect(isModuleNotFound(thrownBy(() => createRequire(import.meta.url)(name)))).toBe(true);
    expect(isModuleNotFound(foreign)).toBe(true);
    expect(isModuleNotFound(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}
