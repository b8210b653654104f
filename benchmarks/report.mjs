// node benchmarks/report.mjs: writes the tables of README.md from results/*.json.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('results/', import.meta.url);
const README = new URL('README.md', import.meta.url);
const BEGIN = '<!-- results -->';
const END = '<!-- /results -->';

const results = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
const readme = readFileSync(README, 'utf8');
const before = readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length);
const after = readme.slice(readme.indexOf(END));
writeFileSync(README, `${before}\n\n${results.map(section).join('\n\n')}\n\n${after}`);

function section({ name, at, machine, rows }) {
  const { cores, processor, memoryGb, node, system } = machine;
  return [
    `### ${name}`,
    '',
    `${at}; ${cores} × ${processor}, ${memoryGb} GB, ${system}, Node ${node}.`,
    '',
    '| work | against | ours | theirs | ratio | goal | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(line),
  ].join('\n');
}

function line({ work, against, ours, theirs, result, goal, isMet }) {
  const verdict = isMet === undefined ? '' : isMet ? 'met' : '**missed**';
  return `| ${[work, against, ours, theirs, result, goal, verdict].join(' | ')} |`;
}
