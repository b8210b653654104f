import { InvalidEventError } from 'nest-event-bus/core';
import { describe, expect, it } from 'vitest';
import { ccxKey, courseKey, formatCourseKey, parseCourseKey } from './course-key.js';
import {
  formatLibraryContainerKey,
  formatLibraryKey,
  libraryCollectionKey,
  libraryContainerKey,
  libraryKey,
  libraryUsageKey,
  parseLibraryCollectionKey,
  parseLibraryContainerKey,
  parseLibraryKey,
  parseLibraryUsageKey,
} from './library-keys.js';
import { formatUsageKey, parseUsageKey, usageKey } from './usage-key.js';
import { uuid } from './uuid.js';

// test/interop/openedx-values.spec.ts shows which texts are keys, from the verdicts of the real packages.
const VERSION = '519665f6223ebd6980884f2b';
const RUN = { org: 'edX', course: 'DemoX', run: '2026' };
const BLOCK = { blockType: 'problem', blockId: 'p1' };

describe('a course key', () => {
  it.each([
    ['course-v1:edX+DemoX+2026', { form: 'course-v1', ...RUN }],
    [
      `course-v1:edX+DemoX+2026+branch@draft+version@${VERSION}`,
      { form: 'course-v1', ...RUN, branch: 'draft', version: VERSION },
    ],
    ['edX/DemoX/2026', { form: 'slashes', ...RUN }],
    ['ccx-v1:edX+DemoX+2026+ccx@5', { form: 'ccx-v1', ...RUN, ccx: '5' }],
    ['library-v1:edX+DemoX', { form: 'library-v1', org: 'edX', course: 'DemoX', run: 'library' }],
  ] as const)('%s has parts, and nothing else', (text, parts) => {
    expect(courseKey(text)).toBe(text);
    expect(parseCourseKey(text)).toStrictEqual(parts);
    expect(formatCourseKey(parts)).toBe(text);
  });

  it('is of today unless another form is asked for', () => {
    expect(formatCourseKey(RUN)).toBe('course-v1:edX+DemoX+2026');
    expect(formatCourseKey({ ...RUN, form: 'slashes' })).toBe('edX/DemoX/2026');
  });

  it.each([
    ['a separator within a part', { ...RUN, run: '2026+branch@draft' }],
    ['an empty part', { ...RUN, org: '' }],
    ['a ccx outside its form', { ...RUN, ccx: '5' }],
    ['no ccx within its form', { ...RUN, form: 'ccx-v1' }],
    ['a branch in the old form', { ...RUN, form: 'slashes', branch: 'draft' }],
    ['another run of a library', { ...RUN, form: 'library-v1' }],
    ['a version that is none', { ...RUN, version: '5' }],
  ] as const)('has not %s', (_, parts) => {
    expect(() => formatCourseKey(parts)).toThrow(
      new InvalidEventError(
        'These are not the parts of a course key. Allowed: course-v1:Org+Course+Run[+branch@…][+version@…], Org/Course/Run, ' +
          'ccx-v1:Org+Course+Run+ccx@1, library-v1:Org+Library.',
      ),
    );
  });

  it('is refused with the forms that are allowed, and without the text', () => {
    expect(() => courseKey('DemoX')).toThrow(
      new InvalidEventError(
        'This is not a course key. Allowed: course-v1:Org+Course+Run[+branch@…][+version@…], Org/Course/Run, ' +
          'ccx-v1:Org+Course+Run+ccx@1, library-v1:Org+Library.',
      ),
    );
    expect(() => ccxKey('course-v1:edX+DemoX+2026')).toThrow(
      new InvalidEventError('This is not a key of a custom course. Allowed: ccx-v1:Org+Course+Run+ccx@1.'),
    );
  });
});

describe('a usage key', () => {
  it.each([
    ['block-v1:edX+DemoX+2026+type@problem+block@p1', { form: 'block-v1', ...RUN, ...BLOCK }],
    [
      `block-v1:edX+DemoX+2026+branch@draft+version@${VERSION}+type@problem+block@p1`,
      { form: 'block-v1', ...RUN, ...BLOCK, branch: 'draft', version: VERSION },
    ],
    ['ccx-block-v1:edX+DemoX+2026+ccx@5+type@problem+block@p1', { form: 'ccx-block-v1', ...RUN, ...BLOCK, ccx: '5' }],
    [
      'lib-block-v1:edX+DemoX+type@problem+block@p1',
      { form: 'lib-block-v1', org: 'edX', course: 'DemoX', run: 'library', ...BLOCK },
    ],
    ['i4x://edX/DemoX/problem/p1', { form: 'i4x', org: 'edX', course: 'DemoX', ...BLOCK }],
    ['i4x://edX/DemoX/problem/p1@draft', { form: 'i4x', org: 'edX', course: 'DemoX', ...BLOCK, branch: 'draft' }],
    ['lb:edX:algebra:problem:p1', { form: 'lb', org: 'edX', slug: 'algebra', ...BLOCK }],
  ] as const)('%s has parts, and nothing else', (text, parts) => {
    expect(usageKey(text)).toBe(text);
    expect(parseUsageKey(text)).toStrictEqual(parts);
    expect(formatUsageKey(parts)).toBe(text);
  });

  it('is refused with the forms that are allowed', () => {
    const allowed =
      'Allowed: block-v1:Org+Course+Run[+branch@…][+version@…]+type@…+block@…, i4x://Org/Course/type/id, ' +
      'lb:Org:library:type:id, ccx-block-v1:Org+Course+Run+ccx@1+type@…+block@…, lib-block-v1:Org+Library+type@…+block@….';
    expect(() => usageKey('p1')).toThrow(new InvalidEventError(`This is not a usage key. ${allowed}`));
    expect(() => formatUsageKey({ form: 'block-v1', ...RUN, ...BLOCK, blockId: 'p+1' })).toThrow(
      new InvalidEventError(`These are not the parts of a usage key. ${allowed}`),
    );
  });
});

describe('the keys of a library', () => {
  it('have parts', () => {
    expect(parseLibraryKey(libraryKey('lib:edX:algebra'))).toStrictEqual({ org: 'edX', slug: 'algebra' });
    expect(parseLibraryUsageKey(libraryUsageKey('lb:edX:algebra:problem:p1'))).toStrictEqual({
      org: 'edX',
      slug: 'algebra',
      ...BLOCK,
    });
    expect(parseLibraryCollectionKey(libraryCollectionKey('lib-collection:edX:algebra:easy'))).toStrictEqual({
      org: 'edX',
      slug: 'algebra',
      collectionId: 'easy',
    });
    expect(parseLibraryContainerKey(libraryContainerKey('lct:edX:algebra:unit:u1'))).toStrictEqual({
      org: 'edX',
      slug: 'algebra',
      containerType: 'unit',
      containerId: 'u1',
    });
  });

  it('are refused with the form that is allowed', () => {
    expect(() => libraryKey('algebra')).toThrow('This is not a library key. Allowed: lib:Org:library.');
    expect(() => libraryUsageKey('algebra')).toThrow(
      'This is not a usage key of a library. Allowed: lb:Org:library:type:id.',
    );
    expect(() => libraryCollectionKey('algebra')).toThrow(
      'This is not a collection key of a library. Allowed: lib-collection:Org:library:id.',
    );
    expect(() => libraryContainerKey('algebra')).toThrow(
      'This is not a container key of a library. Allowed: lct:Org:library:type:id.',
    );
    expect(() => formatLibraryKey({ org: 'edX', slug: 'a:b' })).toThrow(InvalidEventError);
    const container = { org: 'edX', slug: 'algebra', containerType: 'unit', containerId: 'u:1' };
    expect(() => formatLibraryContainerKey(container)).toThrow(InvalidEventError);
  });
});

describe('uuid', () => {
  it('gives a UUID in lower case, and refuses anything else', () => {
    expect(uuid('3F2B1C9E-8D4A-4F6B-9A7C-0E5D2F1B8A6C')).toBe('3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c');
    expect(() => uuid('3f2b1c9e')).toThrow(
      new InvalidEventError('This is not a UUID. Allowed: 36 characters such as 3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c.'),
    );
  });
});
