import { type Callback, type ChainableCommander, type Cluster, Command, type Redis } from 'ioredis';

import type { Pipeline, PipelinedCommand } from './resp.js';

/**
 * Sends all commands in one request. Resolves with the answer or the error of each command, in their order. On a
 * cluster, all keys must belong to one slot.
 *
 * On a cluster, an ioredis pipeline finds the node. On a single server it is not used: it creates three promises and a
 * list for each command.
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
    // A connection accepts all commands or rejects all of them.
    if (isTaken) client.stream.write(bytes);
  });
}

async function inPipeline(client: Redis | Cluster, { commands }: Pipeline): Promise<readonly unknown[]> {
  const pipeline = client.pipeline();
  for (const command of commands) (pipeline as ChainableCommander & Sending).sendCommand(asIs(command));
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => error ?? answer);
}

/** Executes a pipeline. Resolves with the answer to each command. Rejects with the first error. */
export async function answersOf(pipeline: ChainableCommander): Promise<readonly unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  const failed = answers.find(([error]) => error !== null);
  if (failed?.[0]) throw failed[0];
  return answers.map(([, answer]) => answer);
}

/** ioredis documents `sendCommand` for clients. Pipelines have it too, but their types do not say so. */
interface Sending {
  sendCommand(command: Command): unknown;
}

/** A command of ioredis with encoded bytes. ioredis would split each argument into several buffers. */
function asIs({ name, key, bytes }: PipelinedCommand, callback?: Callback): Command {
  const command = new Command(name, key === undefined ? [] : [key], { replyEncoding: 'utf8' }, callback);
  command.toWritable = () => bytes;
  return command;
}
