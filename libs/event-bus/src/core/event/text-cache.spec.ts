import { describe, expect, it } from 'vitest';
import { TextCache } from './text-cache.js';

describe('TextCache', () => {
  it('gives each text, whatever came before', () => {
    const reader = new TextCache();
    const texts = ['', 'a', 'a', 'b', 'ab', 'ac', 'a', '', '', 'школа', 'школа', 'é', 'a\0', 'a', '\uFFFD', '😀'];
    expect(texts.map((text) => reader.read(Buffer.from(text)))).toEqual(texts);
  });

  it('tells bytes that are not UTF-8 from the text that has their codes', () => {
    const reader = new TextCache();
    for (const text of ['é', 'ÿÿ', 'a']) {
      expect(reader.read(Buffer.from(text))).toBe(text);
      expect(reader.read(Buffer.from(`${text}é`, 'latin1'))).toBeUndefined();
      expect(reader.read(Buffer.from(text, 'latin1'))).toBe(text === 'a' ? 'a' : undefined);
    }
  });
});
