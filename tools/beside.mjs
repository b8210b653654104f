// Runs a command, and others beside it with low priority: node tools/beside.mjs COMMAND [COMMAND ...]
//
// The first command has the terminal. What the others print follows when they have ended, of those that failed. Exit
// code: that of the first command that failed, in the order given; 0 if none did.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

const [first, ...others] = process.argv.slice(2);
if (first === undefined) {
  process.stderr.write('Usage: node tools/beside.mjs COMMAND [COMMAND ...]\n');
  process.exit(2);
}

/** Resolves with the exit code, and what the command printed unless it has the terminal. */
function run(command, isFirst) {
  const child = spawn(command, { shell: true, stdio: isFirst ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  if (!isFirst && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal], printed: Buffer.concat(printed) }),
    );
  });
}

const commands = [first, ...others];
const ends = await Promise.all(commands.map((command, n) => run(command, n === 0)));
for (const [n, { code, printed }] of ends.entries()) {
  if (n === 0) continue;
  if (code !== 0) process.stdout.write(printed);
  process.stdout.write(`${code === 0 ? 'ok' : `failed (exit code ${code})`}: ${commands[n]}\n`);
}
process.exitCode = ends.find(({ code }) => code !== 0)?.code ?? 0;
