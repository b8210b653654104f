import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './files.mjs';

/** A block of code with the comment that says where it comes from: a file, a #region of it, or why from none. */
const BLOCK = /(?:^<!-- code: (?<source>.*?) -->\n\n)?^```(?<language>ts|js)\n(?<code>[\s\S]*?)^```$/gm;

/**
 * Returns the page with the code of its sources, and the problems: a block without a source, or a source that is not
 * there.
 */
export function withCode(page) {
  const problems = [];
  const text = page.replaceAll(BLOCK, (block, source, language, code) => {
    if (source === undefined) {
      problems.push(
        `a block of ${language} has no source: put <!-- code: FILE#REGION --> before it: ${firstLine(code)}`,
      );
      return block;
    }
    if (source.startsWith('not run: ')) return block;
    const found = codeOf(source);
    if (found === undefined) problems.push(`there is no ${source}`);
    return found === undefined ? block : `<!-- code: ${source} -->\n\n\`\`\`${language}\n${found}\`\`\``;
  });
  return { text, problems };
}

/** The text of a file, or of the lines between `// #region NAME` and `// #endregion`, as far left as they can be. */
function codeOf(source) {
  const [file, region] = source.split('#');
  if (!existsSync(join(ROOT, file))) return undefined;
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (region === undefined) return text.replaceAll(/^ *\/\/ #(end)?region.*\n/gm, '');
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const length = lines.slice(first).findIndex((line) => line.trim() === '// #endregion');
  if (first < 0 || length < 0) return undefined;
  const inside = lines.slice(first + 1, first + length);
  const indent = Math.min(...inside.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return inside.map((line) => `${line.slice(indent)}\n`).join('');
}

function firstLine(code) {
  return code.split('\n')[0];
}
