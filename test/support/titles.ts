import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './process.js';

/** The titles that stand in a spec, or in a file of contract cases. */
export interface Titles {
  /** As they are written: `%s`, `$name` and `${…}` in place of what a table or a parameter puts there. */
  readonly all: readonly string[];
  /** Whether a test has this title: as it is written, or with texts that stand in the same file in the places that are left open. */
  produces(title: string): boolean;
}

/** What Vitest, or a template, fills in. */
const OPEN = /%[sdifjo]|\$\{[^}]*\}|\$[a-z]\w*/gi;

/** Reads a file of the repository; it is not run. */
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

/** A test's or a group's title, or the name of a case of the contract. */
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

/** `it`, `describe.each([…])`, `it.concurrent.each([…])` … */
function isTest(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return ['it', 'test', 'describe'].includes(called.text);
  if (ts.isPropertyAccessExpression(called) || ts.isCallExpression(called)) return isTest(called.expression);
  return false;
}

function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined;
}

/** What stands in the open places of the template, if the title can be made of it. */
function filled(template: string, title: string): readonly string[] | undefined {
  const pattern = template.split(OPEN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (pattern.length === 1) return undefined;
  return new RegExp(`^${pattern.join('(.+)')}$`, 's').exec(title)?.slice(1);
}
