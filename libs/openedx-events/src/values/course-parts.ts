/**
 * Shared parts of the patterns for course keys and block keys: sources of regular expressions with the flag `u`.
 *
 * The characters are those of the Python package opaque-keys (`opaque_keys/edx/locator.py`). There, `\w` matches
 * letters and numbers of all scripts and `_`, but no combining marks.
 */
const WORD = String.raw`\p{L}\p{N}_`;

/** A part of a key in a current form. */
export const ID = String.raw`[${WORD}\-~.:]+`;
/** A part of a key in an old form, where characters may also be escaped with `%`. */
export const OLD_ID = String.raw`[${WORD}\-~.:%]+`;
/** A character of a course name in an old form. */
export const OLD_NAME = String.raw`[${WORD}\-.%]`;
/** A part of a library key in a current form. */
export const SLUG = String.raw`[${WORD}\-.]+`;
/** The same for parts that are ASCII only. */
export const ASCII_SLUG = String.raw`[a-zA-Z0-9_\-.]+`;

export const BRANCH_AND_VERSION = String.raw`(?:\+branch@(?<branch>${ID}))?(?:\+version@(?<version>[0-9a-f]{24}))?`;
export const COURSE = String.raw`(?<org>${ID})\+(?<course>${ID})\+(?<run>${ID})${BRANCH_AND_VERSION}`;
export const CCX = String.raw`${COURSE}\+ccx@(?<ccx>\p{Nd}+)`;
export const LIBRARY = String.raw`(?<org>${ID})\+(?<course>${ID})${BRANCH_AND_VERSION}`;

/** The part of a key between its namespace and the block. */
export function courseText({
  org,
  course,
  run,
  branch,
  version,
  ccx,
}: {
  readonly org: string;
  readonly course: string;
  /** `undefined` in a library. */
  readonly run?: string | undefined;
  readonly branch?: string | undefined;
  readonly version?: string | undefined;
  readonly ccx?: string | undefined;
}): string {
  return [
    org,
    course,
    ...(run === undefined ? [] : [run]),
    ...(branch === undefined ? [] : [`branch@${branch}`]),
    ...(version === undefined ? [] : [`version@${version}`]),
    ...(ccx === undefined ? [] : [`ccx@${ccx}`]),
  ].join('+');
}
