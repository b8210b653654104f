import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';

const FOLDER = new URL('results/', import.meta.url);
let rows = [];
let notes = {};

/**
 * Adds a row to the table. `goal` is `>= n` or `<= n` and applies to `ratio`. Rows without a goal are for information.
 */
export function addRow({ work, against = '', ours = '', theirs = '', result, ratio, goal = '' }) {
  const isMet = goal === '' || ratio === undefined ? undefined : meets(ratio, goal);
  const verdict = isMet === undefined ? '' : isMet ? ', met' : ', MISSED';
  rows.push({ work, against, ours, theirs, result, goal, ...(isMet === undefined ? {} : { isMet }) });
  console.log(
    `${work} | ${against}: ours ${ours}, theirs ${theirs}: ${result}${goal === '' ? '' : ` (goal ${goal}${verdict})`}`,
  );
}

/** Adds another value for the report, such as a curve or a version. */
export function addNote(name, value) {
  notes[name] = value;
}

/** Writes the rows since the last call to results/<name>.json. A quick run writes nothing. */
export function saveRows(name, isQuick) {
  const found = { name, at: new Date().toISOString().slice(0, 10), machine: machine(), notes, rows };
  rows = [];
  notes = {};
  if (isQuick) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify(found, null, 2)}\n`);
}

function meets(ratio, goal) {
  const [sign, number] = goal.split(' ');
  return sign === '>=' ? ratio >= Number(number) : ratio <= Number(number);
}

function machine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: execFileSync('uname', ['-sr']).toString().trim(),
  };
}
