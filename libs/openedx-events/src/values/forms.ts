import { InvalidEventError } from 'nest-event-bus/core';

/** One of the forms that a key may have. */
export interface Form {
  /** For messages. */
  readonly example: string;
  /** Matches the whole key; its named groups are the parts. */
  readonly pattern: RegExp;
}

/** A kind of key, and the forms that it may have. */
export interface Family<Name extends string> {
  /** For messages, with its article. */
  readonly what: string;
  readonly forms: Readonly<Record<Name, Form>>;
}

type Parts = Readonly<Record<string, string | undefined>>;

/** The form and the parts of a key. Throws `InvalidEventError` that shows the forms, never the text, when it has none of them. */
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
 * The text, when `parse` reads from it just these parts.
 *
 * Throws `InvalidEventError` when not, as when a part is missing, holds what separates parts, or belongs to another form.
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
