// Generates the catalog of Open edX events: tools/openedx-events/catalog.json from the released Python package, and
// libs/openedx-events/{src,schemas} from catalog.json. Installs the package and its dependencies for this.
// - `--python <path>`: uses the package of this interpreter
// - `--from-catalog`: uses catalog.json as it is, without Python
// - `--check`: writes nothing, prints the files that differ and exits with 1
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { eventsOf } from './openedx-events/catalog.mjs';
import { installPackages, introspect } from './openedx-events/python.mjs';
import { render } from './openedx-events/render.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CATALOG = 'tools/openedx-events/catalog.json';
const SOURCES = 'libs/openedx-events/src/';
const SCHEMAS = 'libs/openedx-events/schemas/';

const options = parseArgs({
  options: {
    python: { type: 'string' },
    'from-catalog': { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
}).values;

const catalog = options['from-catalog'] ? JSON.parse(await readFile(ROOT + CATALOG, 'utf8')) : await fromPackage();
const wanted = await filesOf(catalog);
const present = await presentFiles();
const different = [...new Set([...wanted.keys(), ...present.keys()])].filter(
  (file) => wanted.get(file) !== present.get(file),
);

if (options.check) {
  if (different.length > 0) {
    console.error(`Not as generated: ${different.join(', ')}. Run: npm run generate:openedx-events`);
    process.exitCode = 1;
  }
} else {
  for (const file of different) {
    const text = wanted.get(file);
    if (text === undefined) await rm(ROOT + file);
    else await writeFile(ROOT + file, text);
    console.log(`${text === undefined ? 'removed' : 'wrote'} ${file}`);
  }
}

async function fromPackage() {
  if (options.python !== undefined) return introspect(options.python);
  const folder = await mkdtemp(join(tmpdir(), 'openedx-events-'));
  try {
    return await introspect(await installPackages(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** File → text, for all generated files. */
async function filesOf(catalog) {
  const events = eventsOf(catalog);
  const files = new Map([[CATALOG, await formatted(CATALOG, JSON.stringify(catalog))]]);
  for (const { type, schema } of events) files.set(`${SCHEMAS}${type}.avsc`, `${schema}\n`);
  for (const [file, text] of render(events)) files.set(SOURCES + file, await formatted(SOURCES + file, text));
  return files;
}

async function formatted(file, text) {
  return format(text, { ...(await resolveConfig(ROOT + file)), filepath: ROOT + file });
}

/** File → text, for all files in the folders of generated files. */
async function presentFiles() {
  const sources = (await readdir(ROOT + SOURCES)).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  const schemas = (await readdir(ROOT + SCHEMAS)).filter((file) => file.endsWith('.avsc'));
  const files = [CATALOG, ...sources.map((file) => SOURCES + file), ...schemas.map((file) => SCHEMAS + file)];
  const texts = await Promise.all(files.map((file) => readFile(ROOT + file, 'utf8').catch(() => undefined)));
  return new Map(files.map((file, n) => [file, texts[n]]));
}
