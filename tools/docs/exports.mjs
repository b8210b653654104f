import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './files.mjs';

const HEAD = `# Exports

<!-- Written by npm run generate:docs from the comments in the code. -->

Everything that the package \`nest-event-bus\` exports, with the first sentence of its comment. Your editor shows the
whole comment and the types.
`;

/** The entries of the package, and who needs them. */
const ENTRIES = {
  '': 'For applications.',
  testing: 'For the tests of applications and of backends.',
  embedded: 'The embedded backend, for code that opens it itself.',
  redis: 'The backend over Redis Streams, for code that opens it itself.',
  kafka: 'The backend over Kafka, for code that opens it itself.',
  terminus: 'For services with `@nestjs/terminus`.',
  core: 'For authors of backends, and for code without Nest. Nothing here imports a package.',
  avro: 'Schemas and codecs.',
};

/** The folders of entries that have another name. */
const FOLDERS = { terminus: 'nest/terminus' };

/** docs/reference/exports.md. */
export function exportsPage() {
  const sections = Object.entries(ENTRIES).map(([entry, purpose]) => {
    const rows = exportsOf(join(ROOT, 'libs/event-bus/dist', FOLDERS[entry] ?? entry, 'index.d.ts')).map(row);
    const title = entry === '' ? 'nest-event-bus' : `nest-event-bus/${entry}`;
    return [`## \`${title}\`\n`, `${purpose}\n`, '| name | kind | what it is |', '| --- | --- | --- |', ...rows, ''];
  });
  return [HEAD, ...sections.flat()].join('\n');
}

/** The names that an entry exports from other files, each with its declaration. Entries list them one by one. */
function exportsOf(entry) {
  return parse(entry)
    .statements.filter(ts.isExportDeclaration)
    .flatMap(({ exportClause, moduleSpecifier }) => {
      const from = join(dirname(entry), moduleSpecifier.text.replace(/js$/, 'd.ts'));
      return exportClause.elements.map(({ name, propertyName }) => ({
        name: name.text,
        declaration: declarationOf((propertyName ?? name).text, from),
      }));
    });
}

function declarationOf(name, file) {
  const { statements } = parse(file);
  const names = (node) =>
    ts.isVariableStatement(node) ? node.declarationList.declarations.map((one) => one.name.text) : [node.name?.text];
  const found = statements.find((node) => names(node).includes(name));
  if (found !== undefined) return found;
  const again = exportsOf(file).find((one) => one.name === name);
  if (again === undefined) throw new Error(`${file} does not export ${name}`);
  return again.declaration;
}

const parsed = new Map();
function parse(file) {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  parsed.set(file, source);
  return source;
}

function row({ name, declaration }) {
  const [doc] = ts.getJSDocCommentsAndTags(declaration);
  if (doc === undefined) throw new Error(`The export ${name} has no comment.`);
  const comment = ts
    .getTextOfJSDocComment(doc.comment)
    .split(/\n\n|\n(?=- )/)[0]
    .replaceAll(/\{@link (\S+?)\s*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ');
  // A sentence ends at a full stop before a capital letter or the end.
  const [sentence] = /^.*?\.(?= [A-Z`]|$)/.exec(comment) ?? [comment];
  return `| \`${name}\` | ${kind(declaration)} | ${sentence.replaceAll(/[|<]/g, '\\$&')} |`;
}

function kind(declaration) {
  if (ts.isClassDeclaration(declaration)) return 'class';
  if (ts.isFunctionDeclaration(declaration)) return 'function';
  return ts.isVariableStatement(declaration) ? 'value' : 'type';
}
