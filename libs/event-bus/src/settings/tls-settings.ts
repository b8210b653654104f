import { IsOptional, IsString, MinLength } from 'class-validator';
import { combine, Setting, type SettingInfo } from './setting.js';

const CERTIFICATES = 'a file with certificates in PEM';

/**
 * Declares `<prefix>_CA_FILE`.
 *
 * - `prefix`: the prefix of the TLS settings, such as `EVENT_BUS_REDIS_TLS`
 * - `server`: the name of the server in a sentence
 * - `condition`: the end of the sentence "a file with certificates in PEM, …"
 */
export function CaFile(prefix: string, server: string, condition?: string): PropertyDecorator {
  return text({
    env: `${prefix}_CA_FILE`,
    meaning: `The certificate authorities that are trusted for ${server}.`,
    allowed: listed(CERTIFICATES, condition),
    defaultText: 'those that Node trusts',
  });
}

/** Declares `<prefix>_CERT_FILE`; see {@link CaFile}. */
export function CertFile(prefix: string, server: string, condition?: string): PropertyDecorator {
  return text({
    env: `${prefix}_CERT_FILE`,
    meaning: `The client certificate for ${server}. Needs ${prefix}_KEY_FILE.`,
    allowed: listed(CERTIFICATES, 'the client certificate first', condition),
    defaultText: 'none',
  });
}

/** Declares `<prefix>_KEY_FILE`. */
export function KeyFile(prefix: string): PropertyDecorator {
  return text({
    env: `${prefix}_KEY_FILE`,
    meaning: 'The private key of the client certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  });
}

/** Declares `<prefix>_KEY_PASSPHRASE`. */
export function KeyPassphrase(prefix: string): PropertyDecorator {
  return text({
    env: `${prefix}_KEY_PASSPHRASE`,
    meaning: 'The passphrase of the private key, if it is encrypted.',
    allowed: 'a text',
    defaultText: 'none',
    secret: true,
  });
}

function text(info: SettingInfo): PropertyDecorator {
  return combine(Setting(info), IsOptional(), IsString(), MinLength(1));
}

function listed(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ');
}
