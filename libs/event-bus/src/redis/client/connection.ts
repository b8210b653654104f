import { setMaxListeners } from 'node:events';
import type { Redis } from 'ioredis';

import { UnavailableError } from '../../core/errors.js';
import { asBuffer } from '../../core/utf8.js';
import { type Client, clientOf } from './client.js';
import type { Server } from './server.js';
import { isRefusal, redisFailure } from './failure.js';
import { heardRefusal } from './refusal.js';
import { answersOf, sendPipeline } from './pipeline.js';
import { shownUrl } from './url.js';
import type { Pipeline } from './resp.js';

/** A command's name and arguments. */
export type Command = readonly [name: string, ...parameters: readonly (string | number | Uint8Array)[]];

export interface ConnectionOptions {
  /** After so long without an answer the connection is given up, in ms. */
  readonly answerMs: number;
  /** Whether a lost connection is made again; if not, everything rejects once it is lost. */
  readonly reconnects: boolean;
  /** Called each time that it was made. */
  readonly onReady?: () => void;
}

/**
 * One connection to Redis. Commands go out at once, in the order of the calls, and none is ever sent a second time: one whose answer got
 * lost rejects. All reject with `UnavailableError`.
 */
export interface Connection {
  /** The server, without a password. */
  readonly where: string;
  readonly isCluster: boolean;
  /** What ioredis puts before each key (its option `keyPrefix`), but not where commands are written already. */
  readonly keyPrefix: string;
  /** Answers with text. */
  send(...command: Command): Promise<unknown>;
  /** Answers with bytes; `waitMs` is how long the command itself may wait. */
  sendForBytes(waitMs: number, ...command: Command): Promise<unknown>;
  /** Runs a Lua script on these keys. */
  run(script: string, keys: readonly string[], ...parameters: readonly (string | number)[]): Promise<unknown>;
  /** Sends all in one go; rejects with the first error once every command has been answered. On a cluster all keys must be of one slot. */
  sendAll(commands: readonly Command[]): Promise<readonly unknown[]>;
  /**
   * Sends commands in one go that are written already. Answers with what each command was answered, in text, or with its `UnavailableError`;
   * rejects when none was sent. On a cluster all keys must be of one slot.
   */
  sendWritten(written: Pipeline): Promise<readonly unknown[]>;
  /** Lets go at once; what is under way rejects. */
  close(): void;
}

const CONNECT_MS = 5_000;

/** Begins to connect; the first command waits for it, for some seconds at most. */
export function connect(server: Server, { answerMs, reconnects, onReady: onMade }: ConnectionOptions): Connection {
  const where = shownUrl(server.url);
  const client = clientOf(server, reconnects);
  setMaxListeners(0, client);
  let lastError: Error | undefined;
  let isClosed = false;
  let hearing: Promise<Error | undefined> | undefined;
  client.on('error', (error: Error) => {
    // A server that refuses a certificate may close the connection before it has said so: the one time it was heard is what counts.
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
      // It makes the command reject: a socket whose other end is gone tells nothing by itself.
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

  /** However many commands wait. */
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
    close() {
      isClosed = true;
      client.disconnect();
    },
  };
}

/** Errors that say the same are one: thousands of records may share it. */
function withFailures(answers: readonly unknown[], where: string): readonly unknown[] {
  const failures = new Map<string, Error>();
  return answers.map((answer) => {
    if (!(answer instanceof Error)) return answer;
    const failure = failures.get(answer.message) ?? redisFailure(answer, where);
    failures.set(answer.message, failure);
    return failure;
  });
}

/** A client that gives its connection up stays `ready` until the other end has closed it as well. */
function isReady(client: Client): boolean {
  return client.status === 'ready' && (client.isCluster || (client as Redis).stream.writable);
}

/** ioredis takes Buffers for bytes, and nothing else. */
function parametersOf(command: Command): (string | number | Buffer)[] {
  const parameters: (string | number | Buffer)[] = [];
  for (let n = 1; n < command.length; n += 1) {
    const one = command[n];
    if (one !== undefined) parameters.push(one instanceof Uint8Array ? asBuffer(one) : one);
  }
  return parameters;
}
