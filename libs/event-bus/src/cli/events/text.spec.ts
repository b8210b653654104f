import { expect, it } from 'vitest';
import type { CatalogueEvent } from './catalogue.js';
import { catalogueText } from './text.js';

const handler = { app: 'a.js', attempts: 5, delayMs: 1, maxDelayMs: 2, onFailure: 'dead-letter' } as const;

it('breaks what does not fit into 100 columns between words, and leaves long names whole', () => {
  const name = `Controller.${'x'.repeat(110)}`;
  const topics = [1, 2, 3, 4].map((n) => `topic-with-a-rather-long-name-${n}`);
  const lines = text({ handlers: [{ ...handler, name, topics }] });
  expect(lines.slice(1, -1)).toEqual([
    `    handled by  ${name}`,
    '                from topic-with-a-rather-long-name-1, topic-with-a-rather-long-name-2,',
    '                topic-with-a-rather-long-name-3, topic-with-a-rather-long-name-4; 5 attempts, then',
    '                dead-letter',
  ]);
});

it('tells null, default and neither apart', () => {
  const fields = [
    { name: 'a', type: ['null', 'string'], default: null },
    { name: 'b', type: ['null', 'string'] },
    { name: 'c', type: ['string', 'null'], default: 'x' },
    { name: 'd', type: 'long', default: 7 },
    { name: 'e', type: 'long' },
  ];
  expect(text({ fields }).slice(1, -1)).toEqual([
    '    a  string, optional',
    '    b  string or null',
    '    c  string or null, default "x"',
    '    d  long, default 7',
    '    e  long',
  ]);
});

it('shows a type without a major version, and how many events there are', () => {
  expect(text({ type: 'com.example.placed', minorversion: 3 })).toEqual([
    'com.example.placed  minor 3',
    '1 event, 0 routed, 0 handled',
  ]);
});

function text(event: {
  readonly type?: string;
  readonly minorversion?: number;
  readonly fields?: readonly unknown[];
  readonly handlers?: CatalogueEvent['handlers'];
}): readonly string[] {
  const { type = 'com.example.placed.v1', minorversion = 0, fields = [], handlers = [] } = event;
  const schema = JSON.stringify({ type: 'record', name: 'E', fields });
  const events = [{ definition: { type, minorversion, schema }, routes: [], handlers }];
  return catalogueText({ service: undefined, events }, { withFields: true, withHandlers: true }).trimEnd().split('\n');
}
