import { AccessRefusedError } from './errors.js';
import { isError } from './is-error.js';

/** TLS options, all in PEM. Without `ca`, the authorities that Node trusts apply. */
export interface TlsOptions {
  /** The trusted authorities; the text may hold several. */
  readonly ca?: string;
  /** Our certificate with its intermediate certificates. Requires `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** The passphrase of an encrypted `key`. */
  readonly passphrase?: string;
}

/** The names of the settings that an operator has to check. */
export interface TlsSettings {
  readonly ca: string;
  readonly cert?: string;
  /** The setting that turns TLS on. */
  readonly protocol: string;
}

/**
 * Node's error codes for untrusted certificates:
 * https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
 */
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
 * The error for a failed TLS handshake, or `undefined` if `thrown` has another cause. `what` names the other side and
 * begins the sentence.
 */
export function tlsRefusal(thrown: unknown, what: string, settings: TlsSettings): AccessRefusedError | undefined {
  const cause = codedError(thrown);
  if (cause === undefined) return undefined;
  const { code } = cause;
  const refusal = (said: string) => new AccessRefusedError(`${what} ${said} (${code}).`, { cause });
  if (UNTRUSTED.has(code)) return refusal(`has a certificate that this process does not trust: check ${settings.ca}`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return refusal(
      'has a certificate for other host names: connect to one of those, or give it a certificate for this name',
    );
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return refusal(
      'has a certificate that has expired or is not valid yet: renew it, or correct the clock of this machine',
    );
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return refusal(`does not speak TLS, or no version that this process supports: check ${settings.protocol}`);
  if (/^ERR_SSL_.*ALERT/.test(code))
    return refusal(
      settings.cert === undefined
        ? 'ended the TLS handshake'
        : `refuses the client certificate, or requires one and got none: check ${settings.cert}`,
    );
  return undefined;
}

/** The first error with a Node error code: `thrown` itself or one of its causes. */
export function codedError(thrown: unknown): (Error & { readonly code: string }) | undefined {
  for (let error = thrown; isError(error); error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error as Error & { readonly code: string };
  }
  return undefined;
}
