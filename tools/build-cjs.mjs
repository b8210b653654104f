// Translates the built packages to CommonJS, for test runners that cannot `require` ES modules: docs/decisions/0032.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const LIBS = resolve(import.meta.dirname, '../libs');

/** What nobody requires: the command line is a process of its own, the rest is CommonJS already. */
const LEFT_OUT = /^(cli|plugin|schematics)(\/|$)|\.(map|tsbuildinfo)$/;

for (const lib of ['event-bus', 'openedx-events']) await translate(join(LIBS, lib));

async function translate(lib) {
  const from = join(lib, 'dist');
  const to = join(lib, 'dist-cjs');
  await rm(to, { recursive: true, force: true });
  const files = (await readdir(from, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const entry of files) {
    const file = relative(from, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
    if (LEFT_OUT.test(file)) continue;
    await mkdir(dirname(join(to, file)), { recursive: true });
    if (file.endsWith('.js')) await writeFile(join(to, file), commonJs(file, await readFile(join(from, file), 'utf8')));
    else await cp(join(from, file), join(to, file));
  }
  await writeFile(join(to, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
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
