import { AccessRefusedError } from './errors.js';

/** How to speak TLS; all in PEM. Without `ca` the authorities count that Node trusts. */
export interface TlsOptions {
  /** The authorities that may have signed the other side's certificate; several in one text are fine. */
  readonly ca?: string;
  /** Our own certificate, with those between it and its authority; with `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** Opens `key`, when it is encrypted. */
  readonly passphrase?: string;
}

/** What an operator has to check, by the names that settings have. */
export interface TlsSettings {
  readonly ca: string;
  readonly cert?: string;
  /** What says that TLS is spoken at all. */
  readonly protocol: string;
}

/** Node's names for certificates that it does not accept: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);

/**
 * What stands behind an error of a connection when TLS could not be agreed on, or `undefined`. `what` is who was to be reached, as the
 * beginning of a sentence.
 */
export function tlsRefusal(thrown: unknown, what: string, settings: TlsSettings): AccessRefusedError | undefined {
  const cause = codedError(thrown);
  if (cause === undefined) return undefined;
  const { code } = cause;
  const refusal = (said: string) => new AccessRefusedError(`${what} ${said} (${code}).`, { cause });
  if (UNTRUSTED.has(code)) return refusal(`has a certificate that is not trusted here: check ${settings.ca}`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return refusal('has a certificate for other host names: use one of those, or let it have another certificate');
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return refusal('has a certificate that is not valid now: it needs a new one, or this clock is wrong');
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return refusal(`does not speak TLS, or none that we speak: check ${settings.protocol}`);
  if (/^ERR_SSL_.*ALERT/.test(code))
    return refusal(
      settings.cert === undefined
        ? 'breaks the TLS handshake off'
        : `refuses our certificate, or that we have none: check ${settings.cert}`,
    );
  return undefined;
}

/** The error with one of Node's codes, itself or in the chain of its causes. */
export function codedError(thrown: unknown): (Error & { readonly code: string }) | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error as Error & { readonly code: string };
  }
  return undefined;
}
