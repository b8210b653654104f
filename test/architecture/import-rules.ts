import { posix } from 'node:path';
import ts from 'typescript';

interface Rule {
  /** The allowed folders of libs/event-bus/src, besides the folder itself. */
  readonly folders: readonly string[];
  /** The allowed packages, besides node: modules. `*` allows all. */
  readonly packages: readonly string[];
}

const BACKENDS = ['embedded', 'redis', 'kafka'];
const NEST_PACKAGES = ['@nestjs/*', 'class-transformer', 'class-validator', 'commander', 'reflect-metadata', 'rxjs'];
const SETTINGS_PACKAGES = ['class-validator', 'reflect-metadata'];
const UNITS = BACKENDS.map((backend) => `${backend}/settings`);
const OPERATING = ['metrics', 'tracing', 'health'];
const PARTS = ['core', 'avro', 'middleware', ...BACKENDS];

/**
 * The allowed imports of each folder and subfolder of libs/event-bus/src. The cli and the entry (`.`) may import
 * everything.
 */
const RULES: Readonly<Record<string, Rule>> = {
  core: { folders: [], packages: [] },
  settings: { folders: ['core'], packages: SETTINGS_PACKAGES },
  avro: { folders: ['core'], packages: ['avsc'] },
  embedded: { folders: ['core', 'avro'], packages: ['libsql'] },
  redis: { folders: ['core', 'avro'], packages: ['ioredis'] },
  kafka: { folders: ['core', 'avro'], packages: ['kafkajs', '@foxglove/wasm-zstd', 'lz4-napi', 'snappy'] },
  // Only these folders know class-validator: users of the backend alone need not install it.
  'embedded/settings': { folders: ['embedded', 'settings', 'core', 'avro'], packages: SETTINGS_PACKAGES },
  'redis/settings': { folders: ['redis', 'settings', 'core'], packages: SETTINGS_PACKAGES },
  'kafka/settings': { folders: ['kafka', 'settings', 'core'], packages: SETTINGS_PACKAGES },
  middleware: { folders: ['core'], packages: [] },
  'event-classes': { folders: ['core'], packages: ['class-transformer', 'class-validator', 'reflect-metadata'] },
  // What operators see of a bus. Built on core's notices and the admin calls of a backend.
  metrics: { folders: ['core'], packages: ['prom-client', '@opentelemetry/api'] },
  tracing: { folders: ['core'], packages: ['@opentelemetry/api'] },
  health: { folders: ['core'], packages: [] },
  nest: { folders: [...PARTS, ...UNITS, ...OPERATING, 'settings', 'event-classes'], packages: NEST_PACKAGES },
  testing: { folders: ['core'], packages: [] },
  'nest-cli-plugin': { folders: [], packages: [] },
  // Run by the Nest CLI in projects that do not have the package's dependencies yet.
  schematics: { folders: [], packages: [] },
  cli: { folders: [...PARTS, ...UNITS, ...OPERATING, 'settings', 'event-classes', 'nest', 'testing'], packages: ['*'] },
  '.': { folders: [...PARTS, ...OPERATING, 'event-classes', 'nest'], packages: [] },
};

/**
 * The problems of the imports in one file, one sentence each. `file` is its path below libs/event-bus/src. Files
 * directly in src belong to the folder `.`.
 */
export function importProblems(file: string, text: string): string[] {
  const folder = folderOf(file);
  const rule = RULES[folder];
  if (rule === undefined) return [`${file}: no rule says what ${folder}/ may import`];
  return importsOf(text).flatMap((specifier) => {
    if (specifier.startsWith('node:')) return [];
    if (specifier.startsWith('.')) {
      const target = folderOf(posix.join(posix.dirname(file), specifier));
      return target === folder || rule.folders.includes(target)
        ? []
        : [`${file}: ${folder}/ must not import ${target}/`];
    }
    const name = packageName(specifier);
    const scope = name.replace(/\/.*/, '/*');
    return rule.packages.some((allowed) => [name, scope, '*'].includes(allowed))
      ? []
      : [`${file}: ${folder}/ must not import the package ${name}`];
  });
}

/** The first import cycle among the files as a sentence, type imports included. `undefined` if there is none. */
export function circleOf(files: readonly { readonly file: string; readonly text: string }[]): string | undefined {
  const imports = new Map(
    files.map(({ file, text }) => [
      file,
      importsOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.join(posix.dirname(file), specifier).replace(/js$/, 'ts')),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' imports ');
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** The modules that a TypeScript text imports, in order. Type imports and dynamic imports are included. */
export function importsOf(text: string): readonly string[] {
  const known = IMPORTS.get(text);
  if (known !== undefined) return known;
  const imports = nodesOf(text).flatMap((node) => {
    const specifier = specifierOf(node);
    return specifier !== undefined && ts.isStringLiteralLike(specifier) ? [specifier.text] : [];
  });
  IMPORTS.set(text, imports);
  return imports;
}

/** The results of {@link importsOf}, because several rules ask for the same file. */
const IMPORTS = new Map<string, readonly string[]>();

/** Whether the text exports names without listing them: `export * from`, `export * as`. */
export function hidesExports(text: string): boolean {
  return nodesOf(text).some(
    (node) =>
      ts.isExportDeclaration(node) && (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)),
  );
}

/** The package of an import: `rxjs` for `rxjs/operators`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword || /(^|\.)require(\.resolve)?$/.test(expression.getText());
  return loads ? node.arguments[0] : undefined;
}

function nodesOf(text: string): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true));
  return nodes;
}

function folderOf(file: string): string {
  const [first, second, ...rest] = posix.normalize(file).split('/');
  if (first === undefined || second === undefined) return '.';
  const room = `${first}/${second}`;
  return rest.length > 0 && room in RULES ? room : first;
}
