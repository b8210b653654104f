import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';

const FOLDER = new URL('results/', import.meta.url);
let rows = [];
let notes = {};

/** One line of the table. `goal` is `>= n` or `<= n`, of `ratio`; without one the row is for information. */
export function addRow({ work, against = '', ours = '', theirs = '', result, ratio, goal = '' }) {
  const isMet = goal === '' || ratio === undefined ? undefined : meets(ratio, goal);
  const verdict = isMet === undefined ? '' : isMet ? ', met' : ', MISSED';
  rows.push({ work, against, ours, theirs, result, goal, ...(isMet === undefined ? {} : { isMet }) });
  console.log(
    `${work} | ${against}: ours ${ours}, theirs ${theirs}: ${result}${goal === '' ? '' : ` (goal ${goal}${verdict})`}`,
  );
}

/** Something besides the rows that the report shows: a curve, a version. */
export function addNote(name, value) {
  notes[name] = value;
}

/** Writes the rows since the last call as results/<name>.json; a quick run writes nothing. */
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
