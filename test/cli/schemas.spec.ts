import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const ORDER = 'com.example.order.placed.v1';
const ITEM = { name: 'sku', type: 'string' };
const REQUIRED = { name: 'customer', type: 'string' };
const OPTIONAL = { name: 'note', type: ['null', 'string'], default: null };

describe('event-bus schemas', () => {
  let bench: Workbench;
  let dir: string;
  /** The module that the commands read. */
  let eventsFile: string;
  let written = 0;
  beforeEach(() => {
    bench = workbench('schemas');
    dir = join(bench.folder, 'schemas');
    eventsFile = join(bench.folder, 'events.mjs');
  });
  afterEach(() => bench.clear());

  describe('freeze', () => {
    it('records the exact text as version 1, and nothing when it is called again', async () => {
      const schema = define(ORDER, ITEM);
      const first = await run(['freeze', '--all']);
      expect(first).toMatchObject({ code: 0, output: [join(dir, ORDER, '1.avsc')] });
      expect(file(ORDER, 1)).toBe(`${schema}\n`);
      const second = await run(['freeze', ORDER]);
      expect(second).toMatchObject({ code: 0, output: [], text: 'Frozen: 0, unchanged: 1.' });
      expect(readdirSync(join(dir, ORDER))).toEqual(['1.avsc']);
    });

    it('records a compatible change as the next version', async () => {
      define(ORDER, ITEM);
      await run(['freeze', '--all']);
      const changed = define(ORDER, ITEM, OPTIONAL);
      expect(await run(['freeze', 'com.example.'])).toMatchObject({ code: 0, output: [join(dir, ORDER, '2.avsc')] });
      expect(file(ORDER, 2)).toBe(`${changed}\n`);
    });

    it('refuses an incompatible change, naming field and rule, and freezes nothing else either', async () => {
      define(ORDER, ITEM);
      await run(['freeze', '--all']);
      defineAll({ [ORDER]: [ITEM, REQUIRED], 'com.example.order.paid.v1': [ITEM] });
      const { code, output, text } = await run(['freeze', '--all']);
      expect({ code, output }).toEqual({ code: 8, output: [] });
      expect(text).toContain('CloudEvent.customer: reader-field-missing-default-value (version 1, backward)');
      expect(text).toContain('Nothing was frozen.');
      expect(readdirSync(dir)).toEqual([ORDER]);
      expect(readdirSync(join(dir, ORDER))).toEqual(['1.avsc']);
      expect(await run(['freeze', '--all', '--mode', 'FORWARD'])).toMatchObject({ code: 0 });
      expect(readdirSync(dir).sort()).toEqual(['com.example.order.paid.v1', ORDER]);
    });

    it('takes the folder schemas when none is named', async () => {
      define(ORDER, ITEM);
      const bin = join(ROOT, 'libs/event-bus/bin/event-bus.js');
      const env = { EVENT_BUS_EVENTS: `./${basename(eventsFile)}` };
      const freeze = start(process.execPath, [bin, 'schemas', 'freeze', ORDER], { cwd: bench.folder, env });
      await expect(freeze.ended).resolves.toBe(0);
      expect(freeze.output).toEqual([join('schemas', ORDER, '1.avsc')]);
    });
  });

  describe('check', () => {
    it('passes when every definition is frozen as it is, however the file is laid out', async () => {
      const schema = define(ORDER, ITEM);
      freezeText(ORDER, 1, `${JSON.stringify(JSON.parse(schema), null, 4).replaceAll('\n', '\r\n')}\r\n`);
      expect(await run(['check'])).toEqual({
        code: 0,
        output: ['1 of 1 event types are frozen and compatible (FULL_TRANSITIVE)'],
        text: '',
      });
    });

    it('names the field and the rule of an incompatible definition, and what to do', async () => {
      define(ORDER, ITEM);
      await run(['freeze', '--all']);
      define(ORDER, ITEM, REQUIRED);
      expect(await run(['check'])).toEqual({
        code: 8,
        output: [
          `${ORDER}: incompatible`,
          '  CloudEvent.customer: reader-field-missing-default-value (version 1, backward): the new schema needs the field, version 1 does not write it, and it has no default: give it a default, or publish a new major version',
          '0 of 1 event types are frozen and compatible (FULL_TRANSITIVE)',
        ],
        text: '',
      });
    });

    it('finds with FULL_TRANSITIVE what the newest version alone does not show', async () => {
      freezeText(ORDER, 1, schemaOf(ORDER, ITEM));
      freezeText(ORDER, 2, schemaOf(ORDER, ITEM, { ...REQUIRED, default: '' }));
      freezeText(ORDER, 10, define(ORDER, ITEM, REQUIRED));
      expect(await run(['check'])).toMatchObject({ code: 8 });
      expect(await run(['check', '--mode', 'FULL'])).toMatchObject({ code: 0 });
    });

    it.each([
      ['not frozen', [], 'not frozen'],
      ['changed since it was frozen, though compatible', [ITEM], 'compatible, but changed since version 1'],
    ])('fails when a definition is %s, and says how to freeze it', async (_, frozen, problem) => {
      define(ORDER, ITEM, OPTIONAL);
      if (frozen.length > 0) freezeText(ORDER, 1, schemaOf(ORDER, ...frozen));
      expect(await run(['check', '--mode', 'BACKWARD'])).toMatchObject({
        code: 8,
        output: [
          `${ORDER}: ${problem}; freeze it: event-bus schemas freeze ${ORDER} --dir ${dir} --mode BACKWARD`,
          '0 of 1 event types are frozen and compatible (BACKWARD)',
        ],
      });
    });

    it('only warns of a frozen event that is defined nowhere', async () => {
      freezeText(ORDER, 1, define(ORDER, ITEM));
      freezeText('com.example.gone.v1', 1, schemaOf('com.example.gone.v1', ITEM));
      const { code, output } = await run(['check']);
      expect(code).toBe(0);
      expect(output[0]).toMatch(/^com\.example\.gone\.v1: warning: frozen in .*, but no definition was found/);
    });

    it('looks only at the events that are named, by type or beginning', async () => {
      defineAll({ [ORDER]: [ITEM], 'org.other.x.v1': [ITEM] });
      freezeText(ORDER, 1, schemaOf(ORDER, ITEM));
      expect(await run(['check'])).toMatchObject({ code: 8 });
      expect(await run(['check', 'com.example.'])).toMatchObject({ code: 0 });
      expect(await run(['check', ORDER])).toMatchObject({ code: 0 });
      expect(await run(['check', 'org.other.x.v1'])).toMatchObject({ code: 8 });
    });

    it('prints one line of JSON with --json', async () => {
      define(ORDER, ITEM, REQUIRED);
      freezeText(ORDER, 3, schemaOf(ORDER, ITEM));
      const { code, output } = await run(['check', '--json']);
      expect({ code, lines: output.length }).toEqual({ code: 8, lines: 1 });
      expect(JSON.parse(output[0] ?? '')).toEqual({
        mode: 'FULL_TRANSITIVE',
        types: [
          {
            type: ORDER,
            status: 'incompatible',
            version: 3,
            incompatibilities: [
              {
                version: 3,
                direction: 'backward',
                path: 'CloudEvent.customer',
                rule: 'reader-field-missing-default-value',
                message: expect.stringContaining('give it a default') as unknown,
              },
            ],
          },
        ],
      });
    });

    it('needs no backend: neither a name in production nor a broker', async () => {
      freezeText(ORDER, 1, define(ORDER, ITEM));
      const env = { NODE_ENV: 'production', EVENT_BUS_EMBEDDED_PATH: '/dev/null/nowhere.db' };
      expect(await run(['check'], env)).toMatchObject({ code: 0 });
    });
  });

  describe('with wrong input', () => {
    it.each([
      ['1.avsc', '{\n  "type": "record",\n}', /1\.avsc:3: not JSON: /],
      ['1.avsc', '{"type":"record","name":"CloudEvent"}', /1\.avsc: .*CloudEvent: "fields": expected an array/],
      [
        '1.avsc',
        schemaOf('com.example.other.v1', ITEM),
        /1\.avsc: the namespace is com\.example\.other\.v1, but the folder/,
      ],
      ['1.avsc', '"string"', /1\.avsc: The schema of an event must be an Avro schema of type "record"/],
      ['v1.avsc', schemaOf(ORDER, ITEM), /v1\.avsc: expected a version as the name, such as 1\.avsc/],
    ])('ends with 2 and names the file: %s %s', async (name, content, message) => {
      define(ORDER, ITEM);
      mkdirSync(join(dir, ORDER), { recursive: true });
      writeFileSync(join(dir, ORDER, name), content);
      for (const command of ['check', 'freeze']) {
        const { code, output, text } = await run([command, ORDER]);
        expect({ code, output }).toEqual({ code: 2, output: [] });
        expect(text).toMatch(message);
        expect(text).toContain(join(dir, ORDER, name));
      }
      expect(readdirSync(join(dir, ORDER))).toEqual([name]);
    });

    it.each([
      [['check', 'com.nowhere.v1'], /com\.nowhere\.v1: no such event type; .*EVENT_BUS_EVENTS/],
      [['freeze', 'com.nowhere.v1'], /com\.nowhere\.v1: no such event type/],
      [['check', 'com.exam'], /com\.exam: no such event type; .*end a prefix with a dot/],
      [['check', '--mode', 'NONE'], /Allowed choices are BACKWARD, .*FULL_TRANSITIVE/],
      [['freeze'], /Name event types, or use --all/],
      [['freeze', '--all', ORDER], /Name event types, or use --all/],
      [['generate', 'x.avsc'], /required option '--out <dir>'/],
      [['melt'], /unknown command 'melt'/],
      [[], /Usage: event-bus schemas/],
    ])('ends with 2 and says what is allowed: %j', async (args, message) => {
      define(ORDER, ITEM);
      const { code, output, text } = await run(args);
      expect({ code, output }).toEqual({ code: 2, output: [] });
      expect(text).toMatch(message);
      expect(existsSync(dir)).toBe(false);
    });

    it('ends with 2 when the folder is a file', async () => {
      define(ORDER, ITEM);
      writeFileSync(dir, '');
      for (const command of ['check', 'freeze']) {
        expect(await run([command, ORDER])).toMatchObject({ code: 2, text: expect.stringContaining(dir) as unknown });
      }
    });

    it('ends with 2 when a definition cannot be used, naming it', async () => {
      define('com.example/../x.v1', ITEM);
      expect((await run(['freeze', '--all'])).text).toContain('com.example/../x.v1: expected letters');
      define(ORDER, { name: 'a', type: 'nothing' });
      const { code, text } = await run(['check']);
      expect(code).toBe(2);
      expect(text).toContain(`${ORDER}: The Avro schema cannot be used: `);
    });
  });

  describe('generate', () => {
    it('makes modules that compile, and whose definitions can be frozen', async () => {
      const source = write(
        'avsc/order-placed.avsc',
        JSON.stringify(
          {
            type: 'record',
            name: 'CloudEvent',
            namespace: ORDER,
            fields: [
              { name: 'count', type: 'long' },
              { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] } },
              { name: 'note', type: ['null', 'string'], default: null },
            ],
          },
          null,
          2,
        ),
      );
      write('package.json', '{"type":"module"}');
      symlinkSync(join(ROOT, 'node_modules'), join(bench.folder, 'node_modules'), 'junction');
      const out = join(bench.folder, 'src');
      expect(await run(['generate', source, '--out', out])).toMatchObject({
        code: 0,
        output: [join(out, 'order-placed.ts')],
      });
      const use = write(
        'src/use.ts',
        `import { ORDER_PLACED, type OrderPlaced, type State } from './order-placed.js';
         import type { DataOf } from 'nest-event-bus/core';
         const state: State = 'NEW';
         export const data: OrderPlaced = { count: 1, state };
         export const same: DataOf<typeof ORDER_PLACED> = { ...data, note: null };
         // @ts-expect-error
         export const wrong: OrderPlaced = { count: 1, state: 'LOST' };`,
      );
      const options =
        '--module nodenext --target es2023 --strict --exactOptionalPropertyTypes --skipLibCheck --types node';
      const tsc = start(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), use, ...options.split(' ')], {
        cwd: bench.folder,
      });
      expect(await tsc.ended, tsc.lines.join('\n')).toBe(0);
      const env = { EVENT_BUS_EVENTS: join(out, 'order-placed.js') };
      expect(await run(['freeze', '--all'], env)).toMatchObject({ code: 0 });
      expect(JSON.parse(file(ORDER, 1))).toEqual(JSON.parse(readFileSync(source, 'utf8')));
    });

    it('writes a module of its own again, and never over another file', async () => {
      const source = write('order.avsc', schemaOf(ORDER, ITEM));
      const out = join(bench.folder, 'src');
      await run(['generate', source, '--out', out]);
      expect(await run(['generate', source, '--out', out])).toMatchObject({ code: 0 });
      write('src/order.ts', 'export const mine = 1;\n');
      const { code, text } = await run(['generate', source, '--out', out]);
      expect(code).toBe(2);
      expect(text).toContain(`${join(out, 'order.ts')}: this file was not generated`);
      expect(readFileSync(join(out, 'order.ts'), 'utf8')).toBe('export const mine = 1;\n');
    });

    it('names every file that cannot be used, with the reason, and writes nothing', async () => {
      const wrong: readonly (readonly [string, string, RegExp])[] = [
        ['json.avsc', '{\n"type" "record"}', /json\.avsc:2: not JSON: /],
        [
          'namespace.avsc',
          '{"type":"record","name":"X","fields":[]}',
          /namespace\.avsc: .*must have a "namespace": the event type/,
        ],
        ['enum.avsc', '{"type":"enum","name":"X","symbols":["A"]}', /enum\.avsc: .*of type "record"/],
        [
          'type.avsc',
          schemaOf('a.b.v1', { name: 'x', type: 'str' }),
          /type\.avsc: .*CloudEvent\.x: unknown type "str"/,
        ],
        ['default.avsc', schemaOf('a.c.v1', { name: 'x', type: 'int', default: '' }), /default\.avsc: .*invalid/],
        ['1.avsc', schemaOf('a.d.v1', ITEM), /1\.avsc: Cannot make a TypeScript name of "1"/],
        ['again.avsc', schemaOf(ORDER, ITEM), /again\.avsc: com\.example\.order\.placed\.v1 appears twice/],
      ];
      const files = [
        write('good.avsc', schemaOf(ORDER, ITEM)),
        ...wrong.map(([name, content]) => write(name, content)),
        join(bench.folder, 'missing.avsc'),
      ];
      const out = join(bench.folder, 'src');
      const { code, output, text } = await run(['generate', ...files, '--out', out]);
      expect({ code, output }).toEqual({ code: 2, output: [] });
      for (const [, , message] of wrong) expect(text).toMatch(message);
      expect(text).toMatch(/missing\.avsc cannot be read: ENOENT/);
      expect(text.split('\n')).toHaveLength(1 + wrong.length + 1);
      expect(existsSync(out)).toBe(false);
    });
  });

  it.each([[['--help']], [['check', '--help']], [['freeze', '--help']], [['generate', '--help']]])(
    '%j prints help and ends with 0',
    async (args) => {
      const { code, output } = await run(args);
      expect(code).toBe(0);
      expect(output[0]).toMatch(/^Usage: event-bus schemas/);
    },
  );

  interface Ran {
    readonly code: number | string;
    readonly output: readonly string[];
    /** The text on standard error. */
    readonly text: string;
  }

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const [command = '', ...rest] = args;
    const isFolder = ['check', 'freeze'].includes(command) && !args.includes('--help');
    const given = isFolder ? [command, '--dir', dir, ...rest] : args;
    const ran = bench.cli(['schemas', ...given], {
      env: { EVENT_BUS_EVENTS: eventsFile, ...env },
    });
    const code = await ran.ended;
    return { code, output: ran.output, text: ran.lines.filter((line) => !ran.output.includes(line)).join('\n') };
  }

  function define(type: string, ...fields: readonly unknown[]): string {
    defineAll({ [type]: fields });
    return schemaOf(type, ...fields);
  }

  function defineAll(events: Readonly<Record<string, readonly unknown[]>>): void {
    const all = Object.entries(events).map(([type, fields]) => ({
      type,
      schema: schemaOf(type, ...fields),
      minorversion: 0,
    }));
    // Node loads each file once, so changed definitions need a file of their own.
    eventsFile = write(`events-${(written += 1)}.mjs`, `export const EVENTS = ${JSON.stringify(all)};\n`);
  }

  function freezeText(type: string, version: number, text: string): void {
    write(join('schemas', type, `${version}.avsc`), text);
  }

  function file(type: string, version: number): string {
    return readFileSync(join(dir, type, `${version}.avsc`), 'utf8');
  }

  function write(name: string, text: string): string {
    const path = join(bench.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }
});

function schemaOf(type: string, ...fields: readonly unknown[]): string {
  return JSON.stringify({ type: 'record', name: 'CloudEvent', namespace: type, fields });
}
