import { ReplyError } from 'ioredis';

import { asError } from '../../core/backoff.js';
import {
  AccessRefusedError,
  AdminError,
  RecordRefusedError,
  SettingsError,
  UnavailableError,
} from '../../core/errors.js';
import { tlsRefusal } from '../../core/tls.js';

/** What the server answers when the stream or the group is not there. */
export function isNoGroup(thrown: unknown): boolean {
  return ['NOGROUP', 'UNBLOCKED'].includes(codeOf(thrown) ?? '') || isNoStream(thrown);
}

/** What XINFO and XGROUP answer when the stream is not there. */
export function isNoStream(thrown: unknown): boolean {
  return /^ERR .*(no such key|requires the key to exist)/.test(replyOf(thrown) ?? '');
}

/** Whether the server refused a write because it has no memory left. */
export function isFull(thrown: unknown): boolean {
  return codeOf(thrown) === 'OOM';
}

export function isBusyGroup(thrown: unknown): boolean {
  return codeOf(thrown) === 'BUSYGROUP';
}

/** Whether the server is a replica, and says so: to a write, or to anything while it cannot reach its master. */
export function isReadOnly(thrown: unknown): boolean {
  return ['READONLY', 'MASTERDOWN'].includes(codeOf(thrown) ?? '');
}

/** What a server is taken to have said that is a replica when it is connected to. */
export function onReplica(): Error {
  return new (ReplyError as new (message: string) => Error)('READONLY its role is that of a replica');
}

/** Whether the server, or TLS, has said no: trying the connection again cannot help by itself. */
export function isRefusal(thrown: unknown): boolean {
  return redisFailure(thrown, '') instanceof AccessRefusedError;
}

/** The error as the callers of a backend may see it; what the client threw is its cause. */
export function redisFailure(thrown: unknown, where: string): Error {
  if (
    thrown instanceof AdminError ||
    thrown instanceof SettingsError ||
    thrown instanceof UnavailableError ||
    thrown instanceof RecordRefusedError
  ) {
    return thrown;
  }
  const refusal = tlsRefusal(thrown, `Redis ${where}`, TLS_SETTINGS);
  if (refusal !== undefined) return refusal;
  const cause = asError(thrown);
  const code = codeOf(thrown);
  const message = `Redis ${where} ${explain(code, cause)}`;
  const isRefusal = code !== undefined && REFUSALS.has(code);
  return isRefusal ? new AccessRefusedError(message, { cause }) : new UnavailableError(message, { cause });
}

/** By which a server says that it does not know the user, or that the user may not do that. */
const REFUSALS: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

const TLS_SETTINGS = {
  ca: 'EVENT_BUS_REDIS_TLS_CA_FILE',
  cert: 'EVENT_BUS_REDIS_TLS_CERT_FILE and EVENT_BUS_REDIS_TLS_KEY_FILE',
  protocol: 'whether EVENT_BUS_REDIS_CONNECTION_URL should begin with redis://',
};

function explain(code: string | undefined, { message }: Error): string {
  switch (code) {
    case undefined:
      return `does not answer: ${message.replace(/\.$/, '')}. Check that it runs and can be reached from here, and check EVENT_BUS_REDIS_CONNECTION_URL: rediss:// if the server uses TLS, else redis://.`;
    case 'OOM':
      return `has no memory left (${message}). Raise maxmemory, or set a retention.`;
    case 'NOAUTH':
    case 'WRONGPASS':
      return `refuses the user or the password (${message}). Check EVENT_BUS_REDIS_CONNECTION_URL.`;
    case 'NOPERM':
      return `refuses a command to this user (${message}). ACL LOG names the command; grant it with ACL SETUSER.`;
    case 'READONLY':
    case 'MASTERDOWN':
      return `is a replica (${message}). The client reconnects until this address leads to the master. If it never does, set the address of the master, or of Sentinel, in EVENT_BUS_REDIS_CONNECTION_URL and EVENT_BUS_REDIS_CLIENT_OPTIONS.`;
    case 'WRONGTYPE':
      return `has a key of another type with the name of a topic (${message}). Rename the key or the topic.`;
    case 'MISCONF':
      return `refuses writes because it cannot save to disk (${message}). Check its disk.`;
    case 'LOADING':
      return 'is loading its data and will answer when it is done.';
    default:
      return `answered with an error: ${message}`;
  }
}

/** The word that a server's error begins with. */
function codeOf(thrown: unknown): string | undefined {
  const said = replyOf(thrown) ?? '';
  // In a script, Redis 7 says it in other words.
  if (/^ERR (The user executing the script can't|ACL failure in script)/.test(said)) return 'NOPERM';
  return /^[A-Z]+/.exec(said)?.[0];
}

/** What the server said, also behind an error of ours. */
function replyOf(thrown: unknown): string | undefined {
  const error = thrown instanceof UnavailableError ? thrown.cause : thrown;
  return error instanceof (ReplyError as typeof Error) ? error.message : undefined;
}
