import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { asError } from '../core/backoff.js';
import { codedError, type TlsOptions } from '../core/tls.js';

/** The paths of the files. Each is the value of the setting whose name ends like it. */
export interface TlsFiles {
  readonly caFile: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** The contents of the files (`undefined` if none is named) and their problems. */
export interface ReadTls {
  readonly tls: TlsOptions | undefined;
  readonly problems: readonly string[];
}

/** Reads and checks the files of the settings that begin with `prefix`, such as `EVENT_BUS_KAFKA_TLS`. */
export function readTls(prefix: string, { caFile, certFile, keyFile, passphrase }: TlsFiles): ReadTls {
  const problems: string[] = [];
  const name = (part: string) => `${prefix}_${part}`;
  const missing = (part: string, because: string) =>
    problems.push(`${name(part)}: got nothing; allowed: a file, as ${name(because)} is set`);
  if (certFile !== undefined && keyFile === undefined) missing('KEY_FILE', 'CERT_FILE');
  if (keyFile !== undefined && certFile === undefined) missing('CERT_FILE', 'KEY_FILE');
  if (passphrase !== undefined && keyFile === undefined) missing('KEY_FILE', 'KEY_PASSPHRASE');

  const read = <Parsed>(part: string, file: string | undefined, allowed: string, parse: (text: string) => Parsed) => {
    if (file === undefined) return undefined;
    try {
      const text = readFileSync(file, 'utf8');
      return { text, parsed: parse(text) };
    } catch (thrown) {
      if (isTextOfFile(file)) problems.push(`${name(part)}: got the text of a file; allowed: its path`);
      else if (!(thrown instanceof PassphraseError))
        problems.push(`${name(part)}: got ${JSON.stringify(file)}; allowed: ${allowed}; ${reasonOf(thrown)}`);
      else
        problems.push(
          `${name('KEY_PASSPHRASE')}: got ${passphrase === undefined ? 'nothing' : '(secret)'}; allowed: the passphrase of ${name(part)}, which is encrypted`,
        );
      return undefined;
    }
  };
  const ca = read('CA_FILE', caFile, 'a file with certificates in PEM', certificates);
  const cert = read('CERT_FILE', certFile, 'a file with certificates in PEM', certificates);
  const key = read('KEY_FILE', keyFile, 'a file with a private key in PEM', (text) => privateKey(text, passphrase));
  if (cert?.parsed[0] !== undefined && key !== undefined && !cert.parsed[0].checkPrivateKey(key.parsed))
    problems.push(
      `${name('KEY_FILE')}: got ${JSON.stringify(keyFile)}; allowed: the key of the first certificate in ${name('CERT_FILE')}`,
    );
  const tls = {
    ...(ca === undefined ? {} : { ca: ca.text }),
    ...(cert === undefined ? {} : { cert: cert.text }),
    ...(key === undefined ? {} : { key: key.text }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  return { tls: Object.keys(tls).length === 0 ? undefined : tls, problems };
}

/**
 * Whether a path is the content of a file instead, in PEM or as Base64. It may be a private key, which must not be
 * shown.
 */
export function isTextOfFile(value: string): boolean {
  return /[\r\n]|-----BEGIN|^LS0tLS1CRUdJT|^M[\w+/]{60,}=*$/.test(value);
}

class PassphraseError extends Error {}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g;

function certificates(text: string): readonly X509Certificate[] {
  const found = [...text.matchAll(CERTIFICATE)].map(([block]) => new X509Certificate(block));
  if (found.length === 0) throw new Error('it holds no certificate');
  return found;
}

function privateKey(text: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
      if (text.includes('ENCRYPTED')) throw new PassphraseError('', { cause });
      throw new Error('it holds a private key that cannot be read', { cause });
    }
    throw new Error('it holds no private key', { cause });
  }
}

/**
 * Returns the system's error code of a file that cannot be read, because its message repeats the path. OpenSSL's
 * messages do not help an operator.
 */
function reasonOf(thrown: unknown): string {
  const { message } = asError(thrown);
  return /^error:/.test(message) ? 'its content is damaged' : (codedError(thrown)?.code ?? message);
}
