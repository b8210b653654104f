import type { Branded } from './branded.js';
import { CCX, COURSE, courseText, LIBRARY, OLD_NAME } from './course-parts.js';
import { type Family, readKey, writtenKey } from './forms.js';

/** The key of a course, such as `course-v1:edX+DemoX+2026`. {@link courseKey} creates one from a text. */
export type CourseKeyString = Branded<'CourseKey'>;

/** The key of a custom course, such as `ccx-v1:edX+DemoX+2026+ccx@5`. It is a course key too. */
export type CcxKeyString = CourseKeyString & Branded<'CcxKey'>;

/** The parts of a course key. Missing parts are left out. */
export interface CourseKeyParts {
  /**
   * `slashes` is the old form `Org/Course/Run`. `library-v1` is an old kind of library, which Open edX treats as a
   * course.
   */
  readonly form: 'course-v1' | 'slashes' | 'ccx-v1' | 'library-v1';
  readonly org: string;
  /** In a `library-v1`, the name of the library. */
  readonly course: string;
  /** In a `library-v1`, the word `library`. In the form `slashes` it may be empty. */
  readonly run: string;
  readonly branch?: string;
  /** 24 hexadecimal digits. */
  readonly version?: string;
  /** The number of the custom course. Only in a `ccx-v1`. */
  readonly ccx?: string;
}

/**
 * Returns the text as a course key, unchanged. Throws `InvalidEventError` unless Open edX can parse the key and would
 * write it the same way.
 *
 * A key with only a version (`course-v1:version@…`) is refused, because it does not name a course.
 */
export function courseKey(text: string): CourseKeyString {
  parseCourseKey(text);
  return text as CourseKeyString;
}

/** Returns the text as the key of a custom course, unchanged. Throws `InvalidEventError` like {@link courseKey}. */
export function ccxKey(text: string): CcxKeyString {
  readKey(CCX_KEY, text);
  return text as CcxKeyString;
}

/** Returns the parts of a course key. Throws `InvalidEventError` if it is not a course key. */
export function parseCourseKey(key: string): CourseKeyParts {
  const { form, parts } = readKey(COURSE_KEY, key);
  return { ...(parts as unknown as CourseKeyParts), form, ...(form === 'library-v1' ? { run: 'library' } : {}) };
}

/**
 * Returns the key with these parts, by default in the form `course-v1`. {@link parseCourseKey} returns the same parts.
 *
 * Throws `InvalidEventError` if there is no such key.
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
