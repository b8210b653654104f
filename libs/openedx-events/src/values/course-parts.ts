/**
 * What the keys of courses and of their blocks have in common, as sources of regular expressions with the flag `u`.
 *
 * The characters are those of the Python package opaque-keys (`opaque_keys/edx/locator.py`), where `\w` means letters and numbers of all
 * scripts, and `_`. Marks that combine with a letter are none.
 */
const WORD = String.raw`\p{L}\p{N}_`;

/** A part of a key of today. */
export const ID = String.raw`[${WORD}\-~.:]+`;
/** The same in a name of long ago, where it may be escaped too. */
export const OLD_ID = String.raw`[${WORD}\-~.:%]+`;
/** A part of a course's name of long ago. */
export const OLD_NAME = String.raw`[${WORD}\-.%]`;
/** A part of a key of a library of today. */
export const SLUG = String.raw`[${WORD}\-.]+`;
/** The same where it is not for people to read. */
export const ASCII_SLUG = String.raw`[a-zA-Z0-9_\-.]+`;

export const BRANCH_AND_VERSION = String.raw`(?:\+branch@(?<branch>${ID}))?(?:\+version@(?<version>[0-9a-f]{24}))?`;
export const COURSE = String.raw`(?<org>${ID})\+(?<course>${ID})\+(?<run>${ID})${BRANCH_AND_VERSION}`;
export const CCX = String.raw`${COURSE}\+ccx@(?<ccx>\p{Nd}+)`;
export const LIBRARY = String.raw`(?<org>${ID})\+(?<course>${ID})${BRANCH_AND_VERSION}`;

/** The text of a course's parts between namespace and block. */
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
  /** None in a library. */
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
