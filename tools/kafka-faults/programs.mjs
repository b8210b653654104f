import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run } from '../servers/programs.mjs';
import { findPython } from './python.mjs';
import { within } from './wait.mjs';

/** The budget for running handlers, and what leaving costs at a broker that is ailing. */
const MEMBER_STOP_MS = 60_000;

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What publishes and consumes: `kafka()` of this checkout, or librdkafka. */
export const SIDES = ['ours', 'librdkafka'];

async function programOf(side, { ours, python }) {
  return side === 'ours'
    ? [process.execPath, [pathOf(ours)]]
    : [await findPython(), ['-I', '-X', 'utf8', pathOf(python)]];
}

/** Starts a publisher; see `publish.mjs` for what it is given. */
export async function startPublisher(side, given) {
  const [command, args] = await programOf(side, { ours: 'publish.mjs', python: 'publish.py' });
  const child = startProgram(command, [...args, JSON.stringify(given)]);
  return {
    ...child,
    /** Resolves when every record is answered, or its time is over. */
    async stop() {
      child.process.stdin.end('stop\n');
      const code = await child.endsWithin(given.publishTimeoutMs + 60_000);
      if (code !== 0) throw new Error(`The publisher ended with ${code}: ${child.said()}`);
    },
  };
}

/** Starts a member of a group; see `member.mjs` for what it is given. */
export async function startMember(side, given) {
  const [command, args] = await programOf(side, { ours: 'member.mjs', python: 'member.py' });
  const child = startProgram(command, [...args, JSON.stringify(given)]);
  return {
    ...child,
    /** Resolves when it has stopped in order. */
    async stop() {
      child.process.stdin.end('stop\n');
      const code = await child.endsWithin(MEMBER_STOP_MS);
      if (code !== 0) throw new Error(`${given.member} ended with ${code}: ${child.said()}`);
    },
  };
}

/** A program that ends when its input does: with us, however we end. */
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
    /** Its exit code; it is killed when it has none by then. */
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

/** Writes what lies in the topics to a file, by librdkafka's consumer. */
export async function readLog(bootstrap, file, topics) {
  const limit = 120;
  await run(await findPython(), ['-I', '-X', 'utf8', pathOf('read.py'), bootstrap, file, String(limit), ...topics], {
    timeout: (limit + 60) * 1000,
  });
}

/** Has the preferred replica of each partition made its leader, by librdkafka's admin client. */
export async function electPreferred(bootstrap, topic, partitions) {
  await run(await findPython(), ['-I', '-X', 'utf8', pathOf('elect.py'), bootstrap, topic, String(partitions)], {
    timeout: 60_000,
  });
}
