import { InvalidEventError } from 'nest-event-bus/core';

/** One form of a kind of key. */
export interface Form {
  /** An example for messages. */
  readonly example: string;
  /** Matches the whole key. Its named groups are the parts. */
  readonly pattern: RegExp;
}

/** A kind of key with all its forms. */
export interface Family<Name extends string> {
  /** The name of the kind for messages, with its article. */
  readonly what: string;
  readonly forms: Readonly<Record<Name, Form>>;
}

type Parts = Readonly<Record<string, string | undefined>>;

/**
 * Returns the form and the parts of a key. If no form matches, throws an `InvalidEventError` that shows the forms but
 * not the text.
 */
export function readKey<Name extends string>(
  { what, forms }: Family<Name>,
  text: string,
): { readonly form: Name; readonly parts: Parts } {
  for (const [form, { pattern }] of Object.entries<Form>(forms)) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    return { form: form as Name, parts: present(groups) };
  }
  throw new InvalidEventError(`This is not ${what}. ${allowed(forms)}.`);
}

/**
 * Returns the text if `parse` finds exactly these parts in it.
 *
 * Otherwise throws `InvalidEventError`: for instance if a part is missing, contains a separator, or belongs to another
 * form.
 */
export function writtenKey<Name extends string>(
  { what, forms }: Family<Name>,
  text: string,
  parts: object,
  parse: (text: string) => object,
): string {
  const wanted = present(parts as Parts);
  if (Object.values<Form>(forms).some(({ pattern }) => pattern.test(text))) {
    const written = present(parse(text) as Parts);
    const names = Object.keys({ ...wanted, ...written });
    if (names.every((name) => wanted[name] === written[name])) return text;
  }
  throw new InvalidEventError(`These are not the parts of ${what}. ${allowed(forms)}.`);
}

function present(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function allowed(forms: Readonly<Record<string, Form>>): string {
  return `Allowed: ${Object.values(forms)
    .map(({ example }) => example)
    .join(', ')}`;
}
