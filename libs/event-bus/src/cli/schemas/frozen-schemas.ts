import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaVersion } from '../../avro/compatibility-mode.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import { defineEvent } from '../../core/event/define-event.js';
import { readSchemaFile, writeWhole } from './schema-file.js';

/**
 * Returns the frozen schemas of a folder by event type, oldest first: `<event type>/<version>.avsc`. A missing folder
 * has none.
 *
 * Throws one `SettingsError` with every file that cannot be used, and the reason.
 */
export function readFrozen(dir: string): ReadonlyMap<string, readonly SchemaVersion[]> {
  const frozen = new Map<string, readonly SchemaVersion[]>();
  const problems: string[] = [];
  for (const type of entries(dir).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))) {
    const versions: SchemaVersion[] = [];
    for (const { name } of entries(join(dir, type.name)).filter((entry) => entry.name.endsWith('.avsc'))) {
      try {
        versions.push(readVersion(dir, type.name, name));
      } catch (thrown) {
        problems.push(asError(thrown).message);
      }
    }
    versions.sort((a, b) => a.version - b.version);
    if (versions.length > 0) frozen.set(type.name, versions);
  }
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return frozen;
}

/** Writes the exact text as a new version and returns the path of the file. Throws `SettingsError`. */
export function writeFrozen(dir: string, type: string, { version, schema }: SchemaVersion): string {
  const path = join(dir, type, `${version}.avsc`);
  writeWhole(path, schema.endsWith('\n') ? schema : `${schema}\n`);
  return path;
}

function readVersion(dir: string, type: string, file: string): SchemaVersion {
  const path = join(dir, type, file);
  const version = /^([1-9]\d*)\.avsc$/.exec(file)?.[1];
  if (version === undefined) throw new SettingsError(`${path}: expected a version as the name, such as 1.avsc`);
  const schema = readSchemaFile(path);
  const found = typeOf(path, schema);
  if (found !== type) throw new SettingsError(`${path}: the namespace is ${found}, but the folder's name is ${type}`);
  return { version: Number(version), schema };
}

function typeOf(path: string, schema: string): string {
  try {
    return defineEvent(schema).type;
  } catch (thrown) {
    throw new SettingsError(`${path}: ${asError(thrown).message}`, { cause: thrown });
  }
}

function entries(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new SettingsError(`${dir} cannot be read: ${asError(cause).message}`, { cause });
  }
}
