import type { Branded } from './branded.js';
import { ASCII_SLUG, SLUG } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';
import { LIBRARY_BLOCK_FORM, type UsageKeyString } from './usage-key.js';

/** The key of a content library, such as `lib:edX:algebra`. */
export type LibraryKeyString = Branded<'LibraryKey'>;
/** The key of a block in a content library, such as `lb:edX:algebra:problem:p1`. It is a block key too. */
export type LibraryUsageKeyString = UsageKeyString & Branded<'LibraryUsageKey'>;
/** The key of a collection in a content library, such as `lib-collection:edX:algebra:easy`. */
export type LibraryCollectionKeyString = Branded<'LibraryCollectionKey'>;
/** The key of a container, such as a unit, in a content library: `lct:edX:algebra:unit:u1`. */
export type LibraryContainerKeyString = Branded<'LibraryContainerKey'>;

/** The parts of a library key. */
export interface LibraryKeyParts {
  readonly org: string;
  readonly slug: string;
}

/** The parts of the key of a library block. */
export interface LibraryUsageKeyParts extends LibraryKeyParts {
  readonly blockType: string;
  readonly blockId: string;
}

/** The parts of the key of a library collection. */
export interface LibraryCollectionKeyParts extends LibraryKeyParts {
  readonly collectionId: string;
}

/** The parts of the key of a library container. */
export interface LibraryContainerKeyParts extends LibraryKeyParts {
  readonly containerType: string;
  readonly containerId: string;
}

/** Returns the text as a library key, unchanged. Throws `InvalidEventError` if it is not one. */
export function libraryKey(text: string): LibraryKeyString {
  readKey(LIBRARY, text);
  return text as LibraryKeyString;
}

/** Returns the parts of a library key. Throws `InvalidEventError` if it is not one. */
export function parseLibraryKey(key: string): LibraryKeyParts {
  return readKey(LIBRARY, key).parts as unknown as LibraryKeyParts;
}

/** Returns the library key with these parts. Throws `InvalidEventError` if there is no such key. */
export function formatLibraryKey(parts: LibraryKeyParts): LibraryKeyString {
  return writtenKey(LIBRARY, `lib:${parts.org}:${parts.slug}`, parts, parseLibraryKey) as LibraryKeyString;
}

/** Returns the text as the key of a library block, unchanged. Throws `InvalidEventError` if it is not one. */
export function libraryUsageKey(text: string): LibraryUsageKeyString {
  readKey(BLOCK, text);
  return text as LibraryUsageKeyString;
}

/** Returns the parts of the key of a library block. Throws `InvalidEventError` if it is not one. */
export function parseLibraryUsageKey(key: string): LibraryUsageKeyParts {
  return readKey(BLOCK, key).parts as unknown as LibraryUsageKeyParts;
}

/** Returns the key of a library block with these parts. Throws `InvalidEventError` if there is no such key. */
export function formatLibraryUsageKey(parts: LibraryUsageKeyParts): LibraryUsageKeyString {
  const text = `lb:${parts.org}:${parts.slug}:${parts.blockType}:${parts.blockId}`;
  return writtenKey(BLOCK, text, parts, parseLibraryUsageKey) as LibraryUsageKeyString;
}

/** Returns the text as the key of a library collection, unchanged. Throws `InvalidEventError` if it is not one. */
export function libraryCollectionKey(text: string): LibraryCollectionKeyString {
  readKey(COLLECTION, text);
  return text as LibraryCollectionKeyString;
}

/** Returns the parts of the key of a library collection. Throws `InvalidEventError` if it is not one. */
export function parseLibraryCollectionKey(key: string): LibraryCollectionKeyParts {
  return readKey(COLLECTION, key).parts as unknown as LibraryCollectionKeyParts;
}

/** Returns the key of a library collection with these parts. Throws `InvalidEventError` if there is no such key. */
export function formatLibraryCollectionKey(parts: LibraryCollectionKeyParts): LibraryCollectionKeyString {
  const text = `lib-collection:${parts.org}:${parts.slug}:${parts.collectionId}`;
  return writtenKey(COLLECTION, text, parts, parseLibraryCollectionKey) as LibraryCollectionKeyString;
}

/** Returns the text as the key of a library container, unchanged. Throws `InvalidEventError` if it is not one. */
export function libraryContainerKey(text: string): LibraryContainerKeyString {
  readKey(CONTAINER, text);
  return text as LibraryContainerKeyString;
}

/** Returns the parts of the key of a library container. Throws `InvalidEventError` if it is not one. */
export function parseLibraryContainerKey(key: string): LibraryContainerKeyParts {
  return readKey(CONTAINER, key).parts as unknown as LibraryContainerKeyParts;
}

/** Returns the key of a library container with these parts. Throws `InvalidEventError` if there is no such key. */
export function formatLibraryContainerKey(parts: LibraryContainerKeyParts): LibraryContainerKeyString {
  const text = `lct:${parts.org}:${parts.slug}:${parts.containerType}:${parts.containerId}`;
  return writtenKey(CONTAINER, text, parts, parseLibraryContainerKey) as LibraryContainerKeyString;
}

const IN_LIBRARY = `(?<org>${ASCII_SLUG}):(?<slug>${SLUG})`;

const LIBRARY: Family<'lib'> = {
  what: 'a library key',
  forms: { lib: { example: 'lib:Org:library', pattern: new RegExp(`^lib:${IN_LIBRARY}$`, 'u') } },
};

const BLOCK: Family<'lb'> = { what: 'a usage key of a library', forms: { lb: LIBRARY_BLOCK_FORM } };

const COLLECTION: Family<'lib-collection'> = {
  what: 'a collection key of a library',
  forms: {
    'lib-collection': {
      example: 'lib-collection:Org:library:id',
      pattern: new RegExp(`^lib-collection:${IN_LIBRARY}:(?<collectionId>${SLUG})$`, 'u'),
    },
  },
};

const CONTAINER: Family<'lct'> = {
  what: 'a container key of a library',
  forms: {
    lct: {
      example: 'lct:Org:library:type:id',
      pattern: new RegExp(`^lct:${IN_LIBRARY}:(?<containerType>${ASCII_SLUG}):(?<containerId>${SLUG})$`, 'u'),
    },
  },
};
