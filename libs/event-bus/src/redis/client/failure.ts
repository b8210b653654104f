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

/** Whether the error says that the stream or the group does not exist. */
export function isNoGroup(thrown: unknown): boolean {
  return ['NOGROUP', 'UNBLOCKED'].includes(codeOf(thrown) ?? '') || isNoStream(thrown);
}

/** Whether XINFO or XGROUP failed because the stream does not exist. */
export function isNoStream(thrown: unknown): boolean {
  return /^ERR .*(no such key|requires the key to exist)/.test(replyOf(thrown) ?? '');
}

/** Whether the server refused a write because it is out of memory. */
export function isFull(thrown: unknown): boolean {
  return codeOf(thrown) === 'OOM';
}

export function isBusyGroup(thrown: unknown): boolean {
  return codeOf(thrown) === 'BUSYGROUP';
}

/** Whether the server refused because it is a replica: it refused a write, or it cannot reach its master. */
export function isReadOnly(thrown: unknown): boolean {
  return ['READONLY', 'MASTERDOWN'].includes(codeOf(thrown) ?? '');
}

/** The error for a connection that reached a replica. It looks like the server's own READONLY error. */
export function onReplica(): Error {
  return new (ReplyError as new (message: string) => Error)('READONLY its role is that of a replica');
}

/** Whether the server or TLS refused the client. Connecting again does not help until something is changed. */
export function isRefusal(thrown: unknown): boolean {
  return redisFailure(thrown, '') instanceof AccessRefusedError;
}

/** Turns an error of ioredis into an error of the backend contract. The original error is its cause. */
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

/** The error codes for an unknown user, a wrong password, and missing permissions. */
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

/** The error code: the first word of the server's error message. */
function codeOf(thrown: unknown): string | undefined {
  const said = replyOf(thrown) ?? '';
  // Redis 7 words this error differently inside a script.
  if (/^ERR (The user executing the script can't|ACL failure in script)/.test(said)) return 'NOPERM';
  return /^[A-Z]+/.exec(said)?.[0];
}

/** The server's error message, also if the error is the cause of an `UnavailableError`. */
function replyOf(thrown: unknown): string | undefined {
  const error = thrown instanceof UnavailableError ? thrown.cause : thrown;
  return error instanceof (ReplyError as typeof Error) ? error.message : undefined;
}
