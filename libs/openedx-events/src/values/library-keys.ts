import type { Branded } from './branded.js';
import { ASCII_SLUG, SLUG } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';
import { LIBRARY_BLOCK_FORM, type UsageKeyString } from './usage-key.js';

/** The key of a content library, e.g. `lib:edX:algebra`. */
export type LibraryKeyString = Branded<'LibraryKey'>;
/** The key of a block in a content library, e.g. `lb:edX:algebra:problem:p1`; a block's key as well. */
export type LibraryUsageKeyString = UsageKeyString & Branded<'LibraryUsageKey'>;
/** The key of a collection in a content library, e.g. `lib-collection:edX:algebra:easy`. */
export type LibraryCollectionKeyString = Branded<'LibraryCollectionKey'>;
/** The key of a container (a unit, say) in a content library, e.g. `lct:edX:algebra:unit:u1`. */
export type LibraryContainerKeyString = Branded<'LibraryContainerKey'>;

/** The parts of a library's key. */
export interface LibraryKeyParts {
  readonly org: string;
  readonly slug: string;
}

/** The parts of the key of a library's block. */
export interface LibraryUsageKeyParts extends LibraryKeyParts {
  readonly blockType: string;
  readonly blockId: string;
}

/** The parts of the key of a library's collection. */
export interface LibraryCollectionKeyParts extends LibraryKeyParts {
  readonly collectionId: string;
}

/** The parts of the key of a library's container. */
export interface LibraryContainerKeyParts extends LibraryKeyParts {
  readonly containerType: string;
  readonly containerId: string;
}

/** The text as a library's key, unchanged. Throws `InvalidEventError` when it is none. */
export function libraryKey(text: string): LibraryKeyString {
  readKey(LIBRARY, text);
  return text as LibraryKeyString;
}

/** The parts of a library's key. Throws `InvalidEventError` when it is none. */
export function parseLibraryKey(key: string): LibraryKeyParts {
  return readKey(LIBRARY, key).parts as unknown as LibraryKeyParts;
}

/** The library's key with these parts. Throws `InvalidEventError` when there is no such key. */
export function formatLibraryKey(parts: LibraryKeyParts): LibraryKeyString {
  return writtenKey(LIBRARY, `lib:${parts.org}:${parts.slug}`, parts, parseLibraryKey) as LibraryKeyString;
}

/** The text as the key of a library's block, unchanged. Throws `InvalidEventError` when it is none. */
export function libraryUsageKey(text: string): LibraryUsageKeyString {
  readKey(BLOCK, text);
  return text as LibraryUsageKeyString;
}

/** The parts of the key of a library's block. Throws `InvalidEventError` when it is none. */
export function parseLibraryUsageKey(key: string): LibraryUsageKeyParts {
  return readKey(BLOCK, key).parts as unknown as LibraryUsageKeyParts;
}

/** The key of a library's block with these parts. Throws `InvalidEventError` when there is no such key. */
export function formatLibraryUsageKey(parts: LibraryUsageKeyParts): LibraryUsageKeyString {
  const text = `lb:${parts.org}:${parts.slug}:${parts.blockType}:${parts.blockId}`;
  return writtenKey(BLOCK, text, parts, parseLibraryUsageKey) as LibraryUsageKeyString;
}

/** The text as the key of a library's collection, unchanged. Throws `InvalidEventError` when it is none. */
export function libraryCollectionKey(text: string): LibraryCollectionKeyString {
  readKey(COLLECTION, text);
  return text as LibraryCollectionKeyString;
}

/** The parts of the key of a library's collection. Throws `InvalidEventError` when it is none. */
export function parseLibraryCollectionKey(key: string): LibraryCollectionKeyParts {
  return readKey(COLLECTION, key).parts as unknown as LibraryCollectionKeyParts;
}

/** The key of a library's collection with these parts. Throws `InvalidEventError` when there is no such key. */
export function formatLibraryCollectionKey(parts: LibraryCollectionKeyParts): LibraryCollectionKeyString {
  const text = `lib-collection:${parts.org}:${parts.slug}:${parts.collectionId}`;
  return writtenKey(COLLECTION, text, parts, parseLibraryCollectionKey) as LibraryCollectionKeyString;
}

/** The text as the key of a library's container, unchanged. Throws `InvalidEventError` when it is none. */
export function libraryContainerKey(text: string): LibraryContainerKeyString {
  readKey(CONTAINER, text);
  return text as LibraryContainerKeyString;
}

/** The parts of the key of a library's container. Throws `InvalidEventError` when it is none. */
export function parseLibraryContainerKey(key: string): LibraryContainerKeyParts {
  return readKey(CONTAINER, key).parts as unknown as LibraryContainerKeyParts;
}

/** The key of a library's container with these parts. Throws `InvalidEventError` when there is no such key. */
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
