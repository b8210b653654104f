import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { asError } from '../../core/backoff.js';
import { UnavailableError, UnknownHostError } from '../../core/errors.js';
import { codedError, type TlsOptions, tlsRefusal, type TlsSettings } from '../../core/tls.js';

export interface HttpOptions {
  /** The server, as the beginning of a sentence. */
  readonly what: string;
  readonly tls: TlsOptions | undefined;
  /** The timeout of a request, in ms. */
  readonly timeoutMs: number;
  /** The settings that an operator should check, and the URL. */
  readonly settings: TlsSettings & { readonly url: string };
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends a request by HTTP or HTTPS. Rejects with `AccessRefusedError`, `UnknownHostError` or `UnavailableError` if
 * there is no answer at all.
 */
export type Http = (url: string, request?: HttpRequest) => Promise<HttpAnswer>;

/**
 * Node's own client with keep-alive connections. Not `fetch`: that of Node 20 takes no custom certificate authority.
 *
 * Does not follow redirects. Idle connections do not keep the process alive.
 */
export function http({ what, tls = {}, timeoutMs, settings }: HttpOptions): Http {
  const agents = { plain: new PlainAgent({ keepAlive: true }), tls: new TlsAgent({ keepAlive: true, ...tls }) };

  async function attempt(url: string, { method = 'GET', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const isTls = url.startsWith('https:');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers, signal: AbortSignal.timeout(timeoutMs) };
      const request = isTls
        ? tlsRequest(url, { ...options, agent: agents.tls }, resolve)
        : plainRequest(url, { ...options, agent: agents.plain }, resolve);
      request.once('error', (error: Error) => {
        // The server had closed the kept connection, and this side did not know it yet.
        const isStale = request.reusedSocket && codedError(error)?.code === 'ECONNRESET';
        reject(isStale ? new StaleConnectionError('', { cause: error }) : error);
      });
      request.end(body);
    });
    return { status: response.statusCode ?? 0, text: await text(response) };
  }

  function failure(thrown: unknown): Error {
    const refusal = tlsRefusal(thrown, what, settings);
    if (refusal !== undefined) return refusal;
    const cause = asError(thrown);
    const code = codedError(thrown)?.code;
    if (code === 'ENOTFOUND')
      return new UnknownHostError(`${what} cannot be found: there is no such host. Check ${settings.url}.`, { cause });
    const reason = code === 'ABORT_ERR' ? `no answer within ${timeoutMs} ms` : cause.message || code || cause.name;
    return new UnavailableError(`${what} does not answer: ${reason}`, { cause });
  }

  return async (url, request = {}) => {
    try {
      return await attempt(url, request).catch((error: unknown) => {
        if (error instanceof StaleConnectionError) return attempt(url, request);
        throw error;
      });
    } catch (thrown) {
      throw failure(thrown);
    }
  };
}

class StaleConnectionError extends Error {}
