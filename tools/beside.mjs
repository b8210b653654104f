// Runs a command, and others beside it with low priority: node tools/beside.mjs COMMAND [COMMAND ...]
//
// The first command has the terminal. The output of the others is printed after all have ended, if they failed. Exit
// code: that of the first command that failed, in the order given; 0 if none did.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/** How this script starts itself again for a command with low priority: its children get the same. */
const LOW = '--low';

const [first, ...others] = process.argv.slice(2);
if (first === undefined) {
  process.stderr.write('Usage: node tools/beside.mjs COMMAND [COMMAND ...]\n');
  process.exit(2);
}
if (first === LOW) {
  setPriority(constants.priority.PRIORITY_LOW);
  process.exitCode = (await ended(spawn(others.join(' '), { shell: true, stdio: 'inherit' }))).code;
} else {
  process.exitCode = await beside(first, others);
}

async function beside(command, lowCommands) {
  const ends = await Promise.all([
    ended(spawn(command, { shell: true, stdio: 'inherit' })),
    ...lowCommands.map((each) =>
      ended(spawn(process.execPath, [import.meta.filename, LOW, each], { stdio: ['ignore', 'pipe', 'pipe'] })),
    ),
  ]);
  for (const [n, { code, printed }] of ends.slice(1).entries()) {
    if (code !== 0) process.stdout.write(printed);
    process.stdout.write(`${code === 0 ? 'ok' : `failed (exit code ${code})`}: ${lowCommands[n]}\n`);
  }
  return ends.find(({ code }) => code !== 0)?.code ?? 0;
}

/** Resolves with the exit code, and what the process printed to its pipes. */
function ended(child) {
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal], printed: Buffer.concat(printed) }),
    );
  });
}
