import { expect } from 'vitest';
import type { RunningProcess } from './process.js';

/** Fails if the process has printed a secret, plain or encoded (Base64, percent, form), also as part of user:secret. */
export function expectNoSecret({ lines }: RunningProcess, secrets: readonly string[]): void {
  const said = lines.join('\n');
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(said.includes(form), `a secret was said: ${form}\n${said}`).toBe(false);
  }
}

/** The inner letters of the Base64 text, for each of the three alignments of the bytes. */
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
