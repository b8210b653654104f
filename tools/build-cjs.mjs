// Translates the built packages to CommonJS, for test runners that cannot `require` ES modules: docs/decisions/0032.
// Files that are newer than their source, and than this script, stay as they are.
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const LIBS = resolve(import.meta.dirname, '../libs');

/** What nobody requires: the command line is a process of its own, the rest is CommonJS already. */
const LEFT_OUT = /^(cli|nest-cli-plugin|schematics)(\/|$)|\.(map|tsbuildinfo)$/;

/** Tells Node that the folder is CommonJS. */
const PACKAGE = 'package.json';

for (const lib of ['event-bus', 'openedx-events']) await translate(join(LIBS, lib));

async function translate(lib) {
  const from = join(lib, 'dist');
  const to = join(lib, 'dist-cjs');
  const files = (await filesIn(from)).filter((file) => !LEFT_OUT.test(file));
  await mkdir(to, { recursive: true });
  for (const file of await filesIn(to)) if (file !== PACKAGE && !files.includes(file)) await rm(join(to, file));
  const changedAt = await timeOf(import.meta.filename);
  for (const file of files) {
    const [source, target] = [join(from, file), join(to, file)];
    if ((await timeOf(target)) > Math.max(await timeOf(source), changedAt)) continue;
    await mkdir(dirname(target), { recursive: true });
    if (file.endsWith('.js')) await writeFile(target, commonJs(file, await readFile(source, 'utf8')));
    else await copyFile(source, target);
  }
  await writeFile(join(to, PACKAGE), `${JSON.stringify({ type: 'commonjs' })}\n`);
}

/** The paths of all files below a folder, relative to it. */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** When a file was written, in ms since 1970; 0 if it does not exist. */
async function timeOf(file) {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** The same code: types and decorators are gone from it already. */
function commonJs(file, text) {
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      allowJs: true,
      esModuleInterop: true,
      module: ts.ModuleKind.CommonJS,
      removeComments: true,
      target: ts.ScriptTarget.ES2023,
    },
    transformers: { before: [withoutModuleSyntax] },
  });
  return outputText;
}

/** Replaces what TypeScript leaves as it is, or would translate wrongly: `import.meta.url`, and `import()` of a URL. */
function withoutModuleSyntax(context) {
  const { factory } = context;
  const expression = (code, ...args) =>
    factory.createCallExpression(
      factory.createParenthesizedExpression(factory.createIdentifier(code)),
      undefined,
      args,
    );
  const visit = (node) => {
    if (
      ts.isPropertyAccessExpression(node) &&
      ts.isMetaProperty(node.expression) &&
      node.expression.keywordToken === ts.SyntaxKind.ImportKeyword
    ) {
      if (node.name.text !== 'url') throw new Error(`import.meta.${node.name.text} has no translation to CommonJS.`);
      return expression(`() => require('node:url').pathToFileURL(__filename).href`);
    }
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      !ts.isStringLiteral(node.arguments[0])
    ) {
      const load = `async (id) => require(id.startsWith('file:') ? require('node:url').fileURLToPath(id) : id)`;
      return expression(load, ts.visitNode(node.arguments[0], visit));
    }
    return ts.visitEachChild(node, visit, context);
  };
  return (sourceFile) => ts.visitNode(sourceFile, visit);
}
