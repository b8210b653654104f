import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run } from '../servers/programs.mjs';
import { findPython } from './python.mjs';
import { within } from './wait.mjs';

/** The time for a member to stop: the budget for running handlers, and for leaving a broken broker. */
const MEMBER_STOP_MS = 60_000;

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The clients under test: `kafka()` of this checkout, or librdkafka. */
export const SIDES = ['ours', 'librdkafka'];

async function programOf(side, { ours, python }) {
  return side === 'ours'
    ? [process.execPath, [pathOf(ours)]]
    : [await findPython(), ['-I', '-X', 'utf8', pathOf(python)]];
}

/** Starts a publisher. For its parameters see `publish.mjs`. */
export async function startPublisher(side, given) {
  const [command, args] = await programOf(side, { ours: 'publish.mjs', python: 'publish.py' });
  const child = startProgram(command, [...args, JSON.stringify(given)]);
  return {
    ...child,
    /** Resolves when every record is answered or has timed out. */
    async stop() {
      child.process.stdin.end('stop\n');
      const code = await child.endsWithin(given.publishTimeoutMs + 60_000);
      if (code !== 0) throw new Error(`The publisher ended with ${code}: ${child.said()}`);
    },
  };
}

/** Starts a member of a group. For its parameters see `member.mjs`. */
export async function startMember(side, given) {
  const [command, args] = await programOf(side, { ours: 'member.mjs', python: 'member.py' });
  const child = startProgram(command, [...args, JSON.stringify(given)]);
  return {
    ...child,
    /** Resolves when the member has stopped in order. */
    async stop() {
      child.process.stdin.end('stop\n');
      const code = await child.endsWithin(MEMBER_STOP_MS);
      if (code !== 0) throw new Error(`${given.member} ended with ${code}: ${child.said()}`);
    },
  };
}

/** Starts a program that ends when its input ends, so it never outlives this process. */
export function startProgram(command, args, env = {}) {
  const process_ = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [process_.stdout, process_.stderr]) {
    output.setEncoding('utf8').on('data', (text) => (said = `${said}${text}`.slice(-4_000)));
  }
  process_.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => {
    process_.once('error', ({ message }) => resolve(message));
    process_.once('exit', (code, signal) => resolve(code ?? signal));
  });
  const kill = async () => {
    process_.kill('SIGKILL');
    await ended;
  };
  return {
    process: process_,
    said: () => said.trim(),
    ended,
    kill,
    /** Resolves with the exit code. Kills the program if it runs longer than `withinMs`. */
    async endsWithin(withinMs) {
      try {
        return await within(ended, { withinMs, what: `a program to end, which said: ${said.trim()}` });
      } catch (error) {
        await kill();
        throw error;
      }
    },
  };
}

/** Writes the contents of the topics to a file, read by librdkafka's consumer. */
export async function readLog(bootstrap, file, topics) {
  const limit = 120;
  await run(await findPython(), ['-I', '-X', 'utf8', pathOf('read.py'), bootstrap, file, String(limit), ...topics], {
    timeout: (limit + 60) * 1000,
  });
}

/** Makes the preferred replica of each partition its leader, through librdkafka's admin client. */
export async function electPreferred(bootstrap, topic, partitions) {
  await run(await findPython(), ['-I', '-X', 'utf8', pathOf('elect.py'), bootstrap, topic, String(partitions)], {
    timeout: 60_000,
  });
}
