import type { OutgoingRecord } from '../../core/backend.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(value: Uint8Array | null): string {
  return decoder.decode(value ?? new Uint8Array());
}

/** The id of a record in the contract: its value as UTF-8 text. */
export function idOf(record: Pick<OutgoingRecord, 'value'>): string {
  return text(record.value);
}

export function outgoing(topic: string, id: string, key: string | null): OutgoingRecord {
  return { topic, key: key === null ? null : bytes(key), value: bytes(id), headers: [] };
}

/** `numbered(3, 'a-')` returns a-1, a-2, a-3. */
export function numbered(count: number, prefix = ''): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
