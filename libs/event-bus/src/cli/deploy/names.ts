import { createHash } from 'node:crypto';
import { InvalidArgumentError } from 'commander';

/** KEDA prefixes the name of a ScaledObject with `keda-hpa-`, and the result is the value of a label: 63 characters. */
const MAX_NAME = 54;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Returns the name of the Kubernetes objects of a consumer. A name that had to be changed to fit ends with a hash, so
 * that two consumers do not share objects.
 */
export function objectName(topic: string, group: string): string {
  const wanted = `${topic}-${group}`;
  if (wanted.length <= MAX_NAME && LABEL.test(wanted)) return wanted;
  const hash = createHash('sha256').update(`${topic}\0${group}`).digest('hex').slice(0, 8);
  const kept = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME - hash.length - 1)
    .replace(/^-+|-+$/g, '');
  return kept === '' ? `consumer-${hash}` : `${kept}-${hash}`;
}

/** Checks a name for the objects. */
export function nameArgument(text: string): string {
  return label(text, MAX_NAME);
}

/** Checks the name of a namespace or of a Secret. */
export function labelArgument(text: string): string {
  return label(text, 63);
}

/** Checks the name of an image, with or without registry, tag and digest. */
export function imageArgument(text: string): string {
  if (/^[a-z0-9][\w./:@-]{0,499}$/i.test(text)) return text;
  throw new InvalidArgumentError('Allowed: the name of an image, such as registry.example.org/shop:1.4.2.');
}

/** Returns a check for a whole number. */
export function wholeArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Allowed: a whole number from ${min} to ${max}.`);
  };
}

function label(text: string, max: number): string {
  if (text.length <= max && LABEL.test(text)) return text;
  throw new InvalidArgumentError(
    `Allowed: 1 to ${max} lower-case letters, digits and "-", with a letter or digit at both ends.`,
  );
}
