import type { Branded } from './branded.js';
import { CCX, COURSE, courseText, LIBRARY, OLD_NAME } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';

/** The key of a course, e.g. `course-v1:edX+DemoX+2026`; {@link courseKey} makes one of a text. */
export type CourseKeyString = Branded<'CourseKey'>;

/** The key of a custom course, e.g. `ccx-v1:edX+DemoX+2026+ccx@5`; a course's key as well. */
export type CcxKeyString = CourseKeyString & Branded<'CcxKey'>;

/** The parts of a course's key; what it does not have is left out. */
export interface CourseKeyParts {
  /** `slashes` is the old `Org/Course/Run`, `library-v1` a library of the old kind, which Open edX treats as a course. */
  readonly form: 'course-v1' | 'slashes' | 'ccx-v1' | 'library-v1';
  readonly org: string;
  /** The library's name in a `library-v1`. */
  readonly course: string;
  /** `library` in a `library-v1`. May be empty in the old form. */
  readonly run: string;
  readonly branch?: string;
  /** 24 hexadecimal digits. */
  readonly version?: string;
  /** The custom course's number; in a `ccx-v1` and there alone. */
  readonly ccx?: string;
}

/**
 * The text as a course's key, unchanged. Throws `InvalidEventError` unless Open edX reads it and would write it in the same way.
 *
 * One that names only a version (`course-v1:version@…`) is refused: it does not say which course it is.
 */
export function courseKey(text: string): CourseKeyString {
  parseCourseKey(text);
  return text as CourseKeyString;
}

/** The text as a custom course's key, unchanged. Throws `InvalidEventError` as {@link courseKey} does. */
export function ccxKey(text: string): CcxKeyString {
  readKey(CCX_KEY, text);
  return text as CcxKeyString;
}

/** The parts of a course's key. Throws `InvalidEventError` when it is none. */
export function parseCourseKey(key: string): CourseKeyParts {
  const { form, parts } = readKey(COURSE_KEY, key);
  return { ...(parts as unknown as CourseKeyParts), form, ...(form === 'library-v1' ? { run: 'library' } : {}) };
}

/**
 * The key with these parts, of the form `course-v1` when none is given; {@link parseCourseKey} reads the same parts from it.
 *
 * Throws `InvalidEventError` when there is no such key.
 */
export function formatCourseKey(
  parts: Omit<CourseKeyParts, 'form'> & { readonly form?: CourseKeyParts['form'] },
): CourseKeyString {
  const { form = 'course-v1', org, course, run } = parts;
  const text =
    form === 'slashes'
      ? `${org}/${course}/${run}`
      : `${form}:${courseText({ ...parts, run: form === 'library-v1' ? undefined : run })}`;
  return writtenKey(COURSE_KEY, text, { ...parts, form }, parseCourseKey) as CourseKeyString;
}

const CCX_FORM = { example: 'ccx-v1:Org+Course+Run+ccx@1', pattern: new RegExp(`^ccx-v1:${CCX}$`, 'u') };

const CCX_KEY: Family<'ccx-v1'> = { what: 'a key of a custom course', forms: { 'ccx-v1': CCX_FORM } };

const COURSE_KEY: Family<CourseKeyParts['form']> = {
  what: 'a course key',
  forms: {
    'course-v1': {
      example: 'course-v1:Org+Course+Run[+branch@…][+version@…]',
      pattern: new RegExp(`^course-v1:${COURSE}$`, 'u'),
    },
    slashes: {
      example: 'Org/Course/Run',
      pattern: new RegExp(`^(?<org>${OLD_NAME}+)/(?<course>${OLD_NAME}+)/(?<run>${OLD_NAME}*)$`, 'u'),
    },
    'ccx-v1': CCX_FORM,
    'library-v1': { example: 'library-v1:Org+Library', pattern: new RegExp(`^library-v1:${LIBRARY}$`, 'u') },
  },
};
