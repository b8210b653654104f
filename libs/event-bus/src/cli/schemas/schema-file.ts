import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSchema } from '../../avro/schema.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import { parseJson, toJsonLine } from '../json.js';

/**
 * Returns the text of a file with an Avro schema. Throws a `SettingsError` that names the file, the problem and, if
 * possible, the line.
 */
export function readSchemaFile(path: string): string {
  const text = read(path).replace(/^\uFEFF/, '');
  try {
    parseJson(text);
  } catch (thrown) {
    const { message } = asError(thrown);
    const position = / at position (\d+)$/.exec(message)?.[1];
    const line = position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
    throw new SettingsError(`${path}${line}: not JSON: ${message}`, { cause: thrown });
  }
  try {
    readSchema(text);
  } catch (thrown) {
    throw new SettingsError(`${path}: ${asError(thrown).message}`, { cause: thrown });
  }
  return text;
}

/** Returns a schema in one line. Two texts have the same line only if they differ just in white space. */
export function inOneLine(schema: string): string {
  return toJsonLine(parseJson(schema));
}

/** Writes a file completely or not at all, and creates its folder. Throws `SettingsError`. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new SettingsError(`${path} cannot be written: ${asError(cause).message}`, { cause });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SettingsError(`${path} cannot be read: ${asError(cause).message}`, { cause });
  }
}
