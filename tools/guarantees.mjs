// npm run guarantees: writes docs/guarantees.md from the results of fault tests and soaks in .guarantees/results.jsonl.
// With --check it writes nothing. It then exits with 1 if the page and the results do not name the same faults; runs
// that take longer than the suite are not compared.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const RESULTS = fileURLToPath(new URL('../.guarantees/results.jsonl', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/guarantees.md', import.meta.url));
const BEGIN = '<!-- What follows is written by npm run guarantees. -->';
/** Rows that name one of these commands are shown by it and not by the suite. */
const LONG = ['npm run soak', 'npm run faults:kafka'];

const rows = group(readResults());
const page = readFileSync(PAGE, 'utf8');
const head = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
if (process.argv.includes('--check')) check();
else {
  const text = await format(`${head}\n\n${table(rows)}\n`, { parser: 'markdown', printWidth: 120 });
  writeFileSync(PAGE, text);
}

function readResults() {
  return readFileSync(RESULTS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function group(results) {
  const found = new Map();
  for (const result of results) {
    const { promise, fault, backend } = result;
    const key = JSON.stringify([promise, fault, backend]);
    found.set(key, [...(found.get(key) ?? []), result]);
  }
  return [...found.values()].sort(
    (a, b) =>
      compare(a[0].promise, b[0].promise) || compare(a[0].fault, b[0].fault) || compare(a[0].backend, b[0].backend),
  );
}

function table(of) {
  const lines = of.map((runs) => {
    const [{ promise, fault, backend }] = runs;
    const notes = [...new Set(runs.map(({ note }) => note).filter((note) => note !== null))];
    const cells = [
      promise,
      backend,
      fault,
      runs.length,
      sum(runs, 'lost'),
      runs[0].outOfOrder === null ? 'not promised' : sum(runs, 'outOfOrder'),
      runs.map(({ duplicates, allowed }) => `${duplicates} (≤ ${allowed})`).join(', '),
      recovery(runs),
      notes.join('; '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| promise | backend | fault | runs | lost | out of order | duplicates (allowed) | recovery | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** The median and the maximum, in s. */
function recovery(runs) {
  const times = runs
    .flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs / 1000]))
    .sort((a, b) => a - b);
  if (times.length === 0) return '';
  const median = times[Math.floor((times.length - 1) / 2)].toFixed(1);
  return times.length === 1 ? `${median} s` : `${median} s, at most ${times.at(-1).toFixed(1)} s`;
}

function check() {
  const seen = new Set(
    rows.map(([{ promise, fault, backend }]) => [promise, backend, fault].join(' | ')).filter(isOfSuite),
  );
  const told = new Set(
    page
      .slice(head.length)
      .split('\n')
      .filter((line) => /^\| (?!promise|-)/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim())
          .join(' | '),
      )
      .filter(isOfSuite),
  );
  const missing = [...seen].filter((row) => !told.has(row));
  const stale = [...told].filter((row) => !seen.has(row));
  for (const row of missing) console.error(`docs/guarantees.md does not have: ${row}`);
  for (const row of stale) console.error(`docs/guarantees.md has what was not shown: ${row}`);
  if (missing.length + stale.length > 0) {
    console.error('Run npm run test:faults, then npm run guarantees.');
    process.exitCode = 1;
  }
}

function isOfSuite(row) {
  return !LONG.some((command) => row.includes(command));
}

function sum(runs, name) {
  return runs.reduce((total, run) => total + run[name], 0);
}

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}
