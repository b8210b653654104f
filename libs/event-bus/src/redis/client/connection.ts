import { setMaxListeners } from 'node:events';
import type { Cluster, Redis } from 'ioredis';

import { UnavailableError } from '../../core/errors.js';
import { asBuffer } from '../../core/utf8.js';
import { type Client, clientOf } from './client.js';
import type { Server } from './server.js';
import { isRefusal, redisFailure } from './failure.js';
import { heardRefusal } from './refusal.js';
import { answersOf, sendPipeline } from './pipeline.js';
import { shownUrl } from './url.js';
import type { Pipeline } from './resp.js';

export type Command = readonly [name: string, ...parameters: readonly (string | number | Uint8Array)[]];

export interface ConnectionOptions {
  /** If a command has no answer after this time, the connection is dropped, in ms. */
  readonly answerMs: number;
  /** Whether to reconnect after the connection is lost. If false, all commands reject from then on. */
  readonly reconnects: boolean;
  /** Called each time the connection is ready. */
  readonly onReady?: () => void;
}

/**
 * One connection to Redis. Commands are sent at once, in the order of the calls, and never twice. If an answer is lost,
 * its command rejects. If the connection fails, commands reject with `UnavailableError`.
 */
export interface Connection {
  /** The URL of the server, without secrets. */
  readonly where: string;
  readonly isCluster: boolean;
  /** The option `keyPrefix` of ioredis. ioredis does not add it to the commands of {@link sendWritten}. */
  readonly keyPrefix: string;
  /** Sends a command. Resolves with its answer, with text as strings. */
  send(...command: Command): Promise<unknown>;
  /**
   * Sends a command. Resolves with its answer, with text as bytes. `waitMs` is how long the command itself may block.
   */
  sendForBytes(waitMs: number, ...command: Command): Promise<unknown>;
  /** Runs a Lua script on `keys`. */
  run(script: string, keys: readonly string[], ...parameters: readonly (string | number)[]): Promise<unknown>;
  /**
   * Sends all commands in one request. Rejects with the first error after every command was answered. On a cluster, all
   * keys must belong to one slot.
   */
  sendAll(commands: readonly Command[]): Promise<readonly unknown[]>;
  /**
   * Sends encoded commands in one request. Resolves with the answer to each command, as text, or with its
   * `UnavailableError`. Rejects if none was sent. On a cluster, all keys must belong to one slot.
   */
  sendWritten(written: Pipeline): Promise<readonly unknown[]>;
  /** Functions that send a command to one server each: the server, or each master of a cluster. */
  masters(): Promise<readonly ((...command: Command) => Promise<unknown>)[]>;
  /** Closes the connection at once. Commands in flight reject. */
  close(): void;
}

const CONNECT_MS = 5_000;

/** Starts to connect. The first command waits for the connection, for 5 s at most. */
export function connect(server: Server, { answerMs, reconnects, onReady: onMade }: ConnectionOptions): Connection {
  const where = shownUrl(server.url);
  const client = clientOf(server, reconnects);
  setMaxListeners(0, client);
  let lastError: Error | undefined;
  let isClosed = false;
  let hearing: Promise<Error | undefined> | undefined;
  client.on('error', (error: Error) => {
    // A server that refuses the client may close later connections without saying why, so the refusal is kept.
    if (lastError === undefined || isRefusal(error) || !isRefusal(lastError)) lastError = error;
  });
  client.on('ready', () => {
    lastError = undefined;
    onMade?.();
  });

  async function guarded<Answer>(waitMs: number, command: () => Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    try {
      if (!isReady(client)) await ready();
      // A dead peer does not close the socket. The disconnect makes the command reject.
      timer = setTimeout(() => client.disconnect(reconnects), waitMs + answerMs);
      return await command();
    } catch (thrown) {
      throw redisFailure(thrown, where);
    } finally {
      clearTimeout(timer);
    }
  }

  async function ready(): Promise<void> {
    if (isClosed) throw new UnavailableError(`The connection to Redis ${where} is closed.`);
    if (client.status === 'end') throw lastError ?? new Error('the connection was lost.');
    try {
      await nextReady();
    } catch (error) {
      throw isRefusal(error) ? error : ((await refusal()) ?? error);
    }
  }

  /** Asks once for all waiting commands. */
  function refusal(): Promise<Error | undefined> {
    return (hearing ??= heardRefusal(client).finally(() => (hearing = undefined)));
  }

  function nextReady(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        client.off('ready', onReady);
        client.off('end', onEnd);
        client.off('error', onError);
        settle();
      };
      const onReady = () => end(resolve);
      const onEnd = () => end(() => reject(lastError ?? new Error('the connection was lost.')));
      const onError = (error: Error) => {
        if (isRefusal(error)) end(() => reject(error));
      };
      const onLate = () => end(() => reject(lastError ?? new Error(`no connection within ${CONNECT_MS} ms.`)));
      const timer = setTimeout(onLate, CONNECT_MS);
      client.on('ready', onReady);
      client.on('end', onEnd);
      client.on('error', onError);
    });
  }

  return {
    where,
    isCluster: client.isCluster,
    keyPrefix: client.options.keyPrefix ?? '',
    send: (...command) => guarded(0, () => client.call(command[0], parametersOf(command))),
    sendForBytes: (waitMs, ...command) => guarded(waitMs, () => client.callBuffer(command[0], parametersOf(command))),
    run: (script, keys, ...parameters) => guarded(0, () => client.eval(script, keys.length, ...keys, ...parameters)),
    sendAll: (commands) =>
      guarded(0, () => {
        const pipeline = client.pipeline();
        for (const command of commands) pipeline.call(command[0], parametersOf(command));
        return answersOf(pipeline);
      }),
    sendWritten: (written) => guarded(0, async () => withFailures(await sendPipeline(client, written), where)),
    masters: () =>
      guarded(0, () => {
        const servers = client.isCluster ? (client as Cluster).nodes('master') : [client as Redis];
        return Promise.resolve(
          servers.map(
            (server) =>
              (...command: Command) =>
                guarded(0, () => server.call(command[0], parametersOf(command))),
          ),
        );
      }),
    close() {
      isClosed = true;
      client.disconnect();
    },
  };
}

/** Equal answers share one error, because thousands of records may fail alike. */
function withFailures(answers: readonly unknown[], where: string): readonly unknown[] {
  const failures = new Map<string, Error>();
  return answers.map((answer) => {
    if (!(answer instanceof Error)) return answer;
    const failure = failures.get(answer.message) ?? redisFailure(answer, where);
    failures.set(answer.message, failure);
    return failure;
  });
}

/** The status of a client that is disconnecting stays `ready` until the peer has closed too. */
function isReady(client: Client): boolean {
  return client.status === 'ready' && (client.isCluster || (client as Redis).stream.writable);
}

/** ioredis accepts bytes only as Buffers. */
function parametersOf(command: Command): (string | number | Buffer)[] {
  const parameters: (string | number | Buffer)[] = [];
  for (let n = 1; n < command.length; n += 1) {
    const one = command[n];
    if (one !== undefined) parameters.push(one instanceof Uint8Array ? asBuffer(one) : one);
  }
  return parameters;
}
