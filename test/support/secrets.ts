import { expect } from 'vitest';
import type { RunningProcess } from './process.js';

/** Fails when a process has said one of the secrets, as it is or in Base64 or percent-encoded or form-encoded, also behind a user's name. */
export function expectNoSecret({ lines }: RunningProcess, secrets: readonly string[]): void {
  const said = lines.join('\n');
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(said.includes(form), `a secret was said: ${form}\n${said}`).toBe(false);
  }
}

/** Base64 of the same bytes depends on how many come before them, but for the first and last letters. */
function formsOf(secret: string): readonly string[] {
  const formEncoded = new URLSearchParams({ v: secret }).toString().slice(2);
  const shifted = [secret, formEncoded].flatMap((form) =>
    ['', 'x', 'xx'].map((before) => {
      const text = Buffer.from(before + form).toString('base64');
      return text.slice(before === '' ? 0 : 4, -4);
    }),
  );
  return [secret, encodeURIComponent(secret), formEncoded, ...shifted.filter((form) => form.length >= 8)];
}
