import { type Context, save, type Tree } from './project.cjs';

/** What a module file gets: an item of one of its lists, and the import of its class. */
export interface Addition {
  readonly list: 'imports' | 'controllers';
  /** As in the list: `EventBusModule.forRoot()`. */
  readonly item: string;
  readonly className: string;
  readonly from: string;
}

/**
 * Adds an item to the first `@Module()` of a file. A file that names the class already stays as it is. Says what to do
 * by hand if the file does not exist or its list is not a literal.
 */
export function addToModule(tree: Tree, context: Context, path: string, addition: Addition): void {
  const text = tree.exists(path) ? tree.readText(path) : '';
  if (new RegExp(`\\b${addition.className}\\b`).test(text)) return;
  const changed = withItem(text, addition);
  if (changed === undefined)
    context.logger.warn(
      `${path}: add ${addition.item} to the ${addition.list} of your module, and: import { ${addition.className} } from '${addition.from}';`,
    );
  else save(tree, path, withImport(changed, addition));
}

function withItem(text: string, { list, item }: Addition): string | undefined {
  const decorator = /@Module\(\s*\{/.exec(text);
  if (decorator === null) return undefined;
  const start = decorator.index + decorator[0].length;
  const [before, after] = [text.slice(0, start), text.slice(start)];
  const found = new RegExp(`\\b${list}\\s*:\\s*(\\[\\s*)?`).exec(after);
  if (found === null) return `${before}\n  ${list}: [${item}],${/^\s*\n/.test(after) ? '' : '\n '}${after}`;
  if (found[1] === undefined) return undefined;
  const end = found.index + found[0].length;
  return `${before}${after.slice(0, end)}${item}${after[end] === ']' ? '' : ', '}${after.slice(end)}`;
}

/** After the last import, in the file's own quotes. */
function withImport(text: string, { className, from }: Addition): string {
  const quote = text.includes("from '") ? "'" : '"';
  const line = `import { ${className} } from ${quote}${from}${quote};\n`;
  const last = [...text.matchAll(/^import\b[^;]*;?[^\S\n]*\n/gm)].at(-1);
  const end = last === undefined ? 0 : last.index + last[0].length;
  return text.slice(0, end) + line + text.slice(end);
}
