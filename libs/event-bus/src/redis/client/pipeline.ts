import { type Callback, type ChainableCommander, type Cluster, Command, type Redis } from 'ioredis';

import type { Pipeline, PipelinedCommand } from './resp.js';

/**
 * Sends all in one go; resolves when every command has its answer, or the error that became of it. On a cluster all keys must be of one slot.
 *
 * A pipeline of ioredis finds the node in a cluster; it makes three promises and a list for each command, of which one is needed.
 */
export function sendPipeline(client: Redis | Cluster, written: Pipeline): Promise<readonly unknown[]> {
  return client.isCluster ? inPipeline(client, written) : inOnePiece(client as Redis, written);
}

function inOnePiece(client: Redis, { commands, bytes }: Pipeline): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const answers = new Array<unknown>(commands.length);
    let unanswered = commands.length;
    const take = (n: number, error: Error | null | undefined, answer: unknown) => {
      answers[n] = error ?? answer;
      unanswered -= 1;
      if (unanswered === 0) resolve(answers);
    };
    let isTaken = false as boolean;
    const together = {
      isPipeline: true as const,
      destination: { redis: client },
      write() {
        isTaken = true;
      },
    };
    for (const [n, command] of commands.entries()) {
      client.sendCommand(
        asIs(command, (error, answer) => take(n, error, answer)),
        together,
      );
    }
    // A connection takes all or none, which it has rejected then.
    if (isTaken) client.stream.write(bytes);
  });
}

async function inPipeline(client: Redis | Cluster, { commands }: Pipeline): Promise<readonly unknown[]> {
  const pipeline = client.pipeline();
  for (const command of commands) (pipeline as ChainableCommander & Sending).sendCommand(asIs(command));
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => error ?? answer);
}

/** Sends a pipeline; answers with what each command was answered, or rejects with the first error. */
export async function answersOf(pipeline: ChainableCommander): Promise<readonly unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  const failed = answers.find(([error]) => error !== null);
  if (failed?.[0]) throw failed[0];
  return answers.map(([, answer]) => answer);
}

/** Documented for a client; that a pipeline has it as well is missing in its types. */
interface Sending {
  sendCommand(command: Command): unknown;
}

/** A command of ioredis that is not written once more: it makes several pieces of each argument. */
function asIs({ name, key, bytes }: PipelinedCommand, callback?: Callback): Command {
  const command = new Command(name, key === undefined ? [] : [key], { replyEncoding: 'utf8' }, callback);
  command.toWritable = () => bytes;
  return command;
}
