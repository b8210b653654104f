import { defineEvent } from 'nest-event-bus/core';

/** The data of the tests' events, numbered within each key. */
export interface Numbered {
  readonly number: { readonly key: string; readonly seq: number; readonly note: string | null };
}

export const NUMBERED = defineEvent<Numbered>(
  JSON.stringify({
    name: 'CloudEvent',
    type: 'record',
    namespace: 'test.numbered.v1',
    fields: [
      {
        name: 'number',
        type: {
          name: 'NumberData',
          type: 'record',
          fields: [
            { name: 'key', type: 'string' },
            { name: 'seq', type: 'long' },
            { name: 'note', type: ['null', 'string'], default: null },
          ],
        },
      },
    ],
  }),
  { keyField: 'number.key' },
);

/** An event that no handler handles. */
export const UNHANDLED = defineEvent<{ readonly text: string }>(
  JSON.stringify({
    name: 'CloudEvent',
    type: 'record',
    namespace: 'test.unhandled.v1',
    fields: [{ name: 'text', type: 'string' }],
  }),
);
