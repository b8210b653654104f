import type { Branded } from './branded.js';
import { ASCII_SLUG, CCX, COURSE, courseText, ID, LIBRARY, OLD_ID, OLD_NAME, SLUG } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';

/** The key of a block (an XBlock) in a course or a library. {@link usageKey} creates one from a text. */
export type UsageKeyString = Branded<'UsageKey'>;

interface Block {
  readonly org: string;
  /** The type of the block, such as `problem`. */
  readonly blockType: string;
  readonly blockId: string;
}

interface InCourse extends Block {
  /** In a `lib-block-v1`, the name of the library. */
  readonly course: string;
  readonly branch?: string;
}

interface InRun extends InCourse {
  /** In a `lib-block-v1`, the word `library`. */
  readonly run: string;
  /** 24 hexadecimal digits. */
  readonly version?: string;
}

/**
 * The parts of a block key by its form. Missing parts are left out. `i4x` is the old form; its branch is called
 * revision.
 */
export type UsageKeyParts =
  | (InRun & { readonly form: 'block-v1' | 'lib-block-v1' })
  | (InRun & { readonly form: 'ccx-block-v1'; readonly ccx: string })
  | (InCourse & { readonly form: 'i4x' })
  | (Block & { readonly form: 'lb'; readonly slug: string });

/**
 * Returns the text as a block key, unchanged. Throws `InvalidEventError` unless Open edX can parse the key and would
 * write it the same way.
 *
 * Keys without a course (`block-v1:version@…`), of asides (`aside-usage-v1`, `-v2`) and of the form `location` are
 * refused, because no event has them.
 */
export function usageKey(text: string): UsageKeyString {
  readKey(USAGE_KEY, text);
  return text as UsageKeyString;
}

/** Returns the parts of a block key. Throws `InvalidEventError` if it is not one. */
export function parseUsageKey(key: string): UsageKeyParts {
  const { form, parts } = readKey(USAGE_KEY, key);
  return { ...parts, form, ...(form === 'lib-block-v1' ? { run: 'library' } : {}) } as unknown as UsageKeyParts;
}

/**
 * Returns the key with these parts. {@link parseUsageKey} returns the same parts. Throws `InvalidEventError` if there
 * is no such key.
 */
export function formatUsageKey(parts: UsageKeyParts): UsageKeyString {
  return writtenKey(USAGE_KEY, textOf(parts), parts, parseUsageKey) as UsageKeyString;
}

function textOf(parts: UsageKeyParts): string {
  const { form, org, blockType, blockId } = parts;
  switch (form) {
    case 'lb':
      return `lb:${org}:${parts.slug}:${blockType}:${blockId}`;
    case 'i4x': {
      const { course, branch } = parts;
      return `i4x://${org}/${course}/${blockType}/${blockId}${branch === undefined ? '' : `@${branch}`}`;
    }
    case 'lib-block-v1':
      return `${form}:${courseText({ ...parts, run: undefined })}+type@${blockType}+block@${blockId}`;
    default:
      return `${form}:${courseText(parts)}+type@${blockType}+block@${blockId}`;
  }
}

const BLOCK = String.raw`\+type@(?<blockType>${ID})\+block@(?<blockId>${ID})`;
const IN_SLUGS = `(?<org>${ASCII_SLUG}):(?<slug>${SLUG}):(?<blockType>${ASCII_SLUG}):(?<blockId>${SLUG})`;
const OLD_COURSE = `(?<org>${OLD_NAME}+)/(?<course>${OLD_NAME}+)`;
// Open edX does not check the block type.
const OLD_BLOCK = `(?<blockType>[^/]+)/(?<blockId>${OLD_ID})(?:@(?<branch>${OLD_ID}))?`;

/** The form `lb` of library blocks. */
export const LIBRARY_BLOCK_FORM = {
  example: 'lb:Org:library:type:id',
  pattern: new RegExp(`^lb:${IN_SLUGS}$`, 'u'),
};

const USAGE_KEY: Family<UsageKeyParts['form']> = {
  what: 'a usage key',
  forms: {
    'block-v1': {
      example: 'block-v1:Org+Course+Run[+branch@…][+version@…]+type@…+block@…',
      pattern: new RegExp(`^block-v1:${COURSE}${BLOCK}$`, 'u'),
    },
    i4x: { example: 'i4x://Org/Course/type/id', pattern: new RegExp(`^i4x://${OLD_COURSE}/${OLD_BLOCK}$`, 'u') },
    lb: LIBRARY_BLOCK_FORM,
    'ccx-block-v1': {
      example: 'ccx-block-v1:Org+Course+Run+ccx@1+type@…+block@…',
      pattern: new RegExp(`^ccx-block-v1:${CCX}${BLOCK}$`, 'u'),
    },
    'lib-block-v1': {
      example: 'lib-block-v1:Org+Library+type@…+block@…',
      pattern: new RegExp(`^lib-block-v1:${LIBRARY}${BLOCK}$`, 'u'),
    },
  },
};
