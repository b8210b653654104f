/** The part of Angular's `Tree` that the schematics use. They have no dependencies of their own. */
export interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
}

/** The part of Angular's `SchematicContext` that the schematics use. */
export interface Context {
  readonly logger: { info(text: string): void; warn(text: string): void };
  addTask(task: { toConfiguration(): object }): unknown;
}

export type Rule = (tree: Tree, context: Context) => void;

export type Json = { [name: string]: unknown };

/** What the schematics must know of a project. */
export interface Project {
  readonly isEsm: boolean;
  /** Ends a relative import: `.js` in ES modules. */
  readonly extension: '' | '.js';
  readonly isMonorepo: boolean;
  readonly packageJson: Json;
  /** The content of nest-cli.json. */
  readonly cli: Json;
  /** The folder of the application's sources, such as `src` or `apps/shop/src`. */
  readonly sourceRoot: string;
  /** The folder of the consumer's sources and the file that starts it, without its extension. */
  readonly consumer: { readonly folder: string; readonly entry: string };
}

/** Reads a project. `sourceRoot` is given by the Nest CLI. */
export function readProject(tree: Tree, sourceRoot: string | undefined): Project {
  const packageJson = readJson(tree, 'package.json');
  const cli = readJson(tree, 'nest-cli.json');
  const isEsm = packageJson['type'] === 'module';
  const isMonorepo = cli['monorepo'] === true;
  const root = sourceRoot ?? textOf(cli['sourceRoot']) ?? 'src';
  return {
    isEsm,
    extension: isEsm ? '.js' : '',
    isMonorepo,
    packageJson,
    cli,
    sourceRoot: root,
    consumer: isMonorepo ? { folder: 'apps/consumer/src', entry: 'main' } : { folder: root, entry: 'consumer' },
  };
}

export function readJson(tree: Tree, path: string): Json {
  return tree.exists(path) ? (JSON.parse(tree.readText(path)) as Json) : {};
}

/** Writes a file whose content has changed. */
export function save(tree: Tree, path: string, content: string): void {
  if (!tree.exists(path)) tree.create(path, content);
  else if (tree.readText(path) !== content) tree.overwrite(path, content);
}

/** Writes a JSON file if its value has changed: what only its format says stays. */
export function saveJson(tree: Tree, path: string, value: Json): void {
  if (JSON.stringify(readJson(tree, path)) !== JSON.stringify(value))
    save(tree, path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Creates a file. One that exists is its owner's and stays as it is. */
export function createOnce(tree: Tree, path: string, content: string): void {
  if (!tree.exists(path)) tree.create(path, content);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The object under a name, or an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
