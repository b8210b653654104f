import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './process.js';

/** The titles of tests in a spec, or of cases in a file of the contract. */
export interface Titles {
  /** As written in the file: `%s`, `$name` and `${…}` stand for values of a table or a parameter. */
  readonly all: readonly string[];
  /** Whether a test of this file can have this title. Placeholders match texts that are in the same file. */
  produces(title: string): boolean;
}

/** Placeholders that Vitest or a template fills in. */
const OPEN = /%[sdifjo]|\$\{[^}]*\}|\$[a-z]\w*/gi;

/** Reads a file of the repository without running it. */
export function titlesIn(file: string): Titles {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const all: string[] = [];
  const texts = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    const title = titleOf(node);
    if (title !== undefined) all.push(title);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {
    all,
    produces: (title) =>
      all.includes(title) || all.some((template) => filled(template, title)?.every((text) => texts.has(text)) ?? false),
  };
}

/** The title of a test or a group, or the name of a case of the contract. */
function titleOf(node: ts.Node): string | undefined {
  if (ts.isCallExpression(node)) {
    const [title] = node.arguments;
    return title !== undefined && isTest(node.expression) ? textOf(title) : undefined;
  }
  if (!ts.isPropertyAssignment(node)) return undefined;
  const { name, initializer } = node;
  if (!ts.isArrowFunction(initializer)) return undefined;
  return ts.isComputedPropertyName(name) ? textOf(name.expression) : ts.isStringLiteral(name) ? name.text : undefined;
}

/** Whether the call defines tests: `it`, `describe.each([…])`, `it.concurrent.each([…])`, and so on. */
function isTest(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return ['it', 'test', 'describe'].includes(called.text);
  if (ts.isPropertyAccessExpression(called) || ts.isCallExpression(called)) return isTest(called.expression);
  return false;
}

function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined;
}

/** The texts that fill the placeholders if the template can produce the title. */
function filled(template: string, title: string): readonly string[] | undefined {
  const pattern = template.split(OPEN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (pattern.length === 1) return undefined;
  return new RegExp(`^${pattern.join('(.+)')}$`, 's').exec(title)?.slice(1);
}
