import type { Branded } from './branded.js';
import { ASCII_SLUG, CCX, COURSE, courseText, ID, LIBRARY, OLD_ID, OLD_NAME, SLUG } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';

/** The key of a block (an XBlock) in a course or a library; {@link usageKey} makes one of a text. */
export type UsageKeyString = Branded<'UsageKey'>;

interface Block {
  readonly org: string;
  /** E.g. `problem`. */
  readonly blockType: string;
  readonly blockId: string;
}

interface InCourse extends Block {
  /** The library's name in a `lib-block-v1`. */
  readonly course: string;
  readonly branch?: string;
}

interface InRun extends InCourse {
  /** `library` in a `lib-block-v1`. */
  readonly run: string;
  /** 24 hexadecimal digits. */
  readonly version?: string;
}

/** The parts of a block's key, by its form; what it does not have is left out. `i4x` is the old form, whose branch is called revision. */
export type UsageKeyParts =
  | (InRun & { readonly form: 'block-v1' | 'lib-block-v1' })
  | (InRun & { readonly form: 'ccx-block-v1'; readonly ccx: string })
  | (InCourse & { readonly form: 'i4x' })
  | (Block & { readonly form: 'lb'; readonly slug: string });

/**
 * The text as a block's key, unchanged. Throws `InvalidEventError` unless Open edX reads it and would write it in the same way.
 *
 * Refused are keys without a course (`block-v1:version@…`) and those of asides (`aside-usage-v1`, `-v2`) and of `location`, of which no event has one.
 */
export function usageKey(text: string): UsageKeyString {
  readKey(USAGE_KEY, text);
  return text as UsageKeyString;
}

/** The parts of a block's key. Throws `InvalidEventError` when it is none. */
export function parseUsageKey(key: string): UsageKeyParts {
  const { form, parts } = readKey(USAGE_KEY, key);
  return { ...parts, form, ...(form === 'lib-block-v1' ? { run: 'library' } : {}) } as unknown as UsageKeyParts;
}

/**
 * The key with these parts; {@link parseUsageKey} reads the same parts from it. Throws `InvalidEventError` when there is no such key.
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
// Open edX does not look at the type.
const OLD_BLOCK = `(?<blockType>[^/]+)/(?<blockId>${OLD_ID})(?:@(?<branch>${OLD_ID}))?`;

/** The form `lb`, of libraries. */
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
