import { InvalidEventError } from 'nest-event-bus/core';
import type { Branded } from './branded.js';

/** A UUID of any version, in lower case. {@link uuid} creates one from a text. */
export type UuidString = Branded<'Uuid'>;

/** Returns the text in lower case. Throws `InvalidEventError` unless it is a UUID of 36 characters. */
export function uuid(text: string): UuidString {
  if (UUID.test(text)) return text.toLowerCase() as UuidString;
  throw new InvalidEventError(
    'This is not a UUID. Allowed: 36 characters such as 3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c.',
  );
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
