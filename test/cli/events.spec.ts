import { AvroSchemaParser } from '@asyncapi/avro-schema-parser';
import { Parser } from '@asyncapi/parser';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPENEDX_EVENTS } from 'openedx-events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, UNHANDLED } from '../apps/src/events.js';
import { ROOT, start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const AVRO = AvroSchemaParser();
const PARSER = new Parser();
PARSER.registerSchemaParser(AVRO);

const APP = 'dist/test-apps/catalogue.module.js';
const CONFIG = {
  'test.numbered.v1': {
    numbers: { event_key_field: 'number.key', enabled: true },
    archive: { event_key_field: 'number.seq', enabled: false },
  },
};
const ENV = { EVENT_BUS_PRODUCER_CONFIG: JSON.stringify(CONFIG), EVENT_BUS_TOPIC_PREFIX: 'dev' };

describe('event-bus events', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('events')));
  afterEach(() => bench.clear());

  it('lists types, versions and routes', async () => {
    expect(await output([], ENV)).toEqual([
      'test.numbered.v1   1.0',
      '    sent to     dev-numbers, key number.key',
      '    sent to     dev-archive, key number.seq (not enabled)',
      'test.unhandled.v1  1.0',
      '2 events, 1 routed; use --app FILE to show their handlers',
    ]);
  });

  it('shows the fields of a named type', async () => {
    expect(await output(['test.numbered.v1'])).toEqual([
      'test.numbered.v1  1.0',
      '    key         number.key, unless the route names another',
      '    number  record NumberData',
      '      key   string',
      '      seq   long',
      '      note  string, optional',
      '1 event, 0 routed; use --app FILE to show their handlers',
    ]);
    const all = await output(['--fields']);
    expect(all).toContain('      seq   long');
    expect(all).toContain('    text  string');
  });

  it('fits the Open edX catalog into 100 columns', async () => {
    const lines = await output(['--fields'], { EVENT_BUS_EVENTS: 'openedx-events' });
    expect(lines.at(-1)).toMatch(/^64 events, 0 routed/);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('shows the handlers of an application, wherever Nest finds them, and the routes that it has in code', async () => {
    const lines = await output(['--app', APP]);
    expect(lines).toEqual([
      'test.numbered.v1   1.0',
      '    sent to     dev-numbers, key number.key',
      '    sent to     dev-archive, key number.seq (not enabled)',
      '    handled by  Counting.count from dev-numbers, dev-archive; 5 attempts, then dead-letter',
      '    handled by  Both.both from dev-numbers, dev-archive; 1 attempt, then skip',
      'test.unhandled.v1  1.0',
      '    handled by  Both.both; 1 attempt, then skip',
      '    handled by  Late.late; 7 attempts, then halt',
      '2 events, 1 routed, 2 handled',
    ]);
  });

  it('starts and opens nothing', async () => {
    await output(['--app', APP]);
    expect(existsSync(bench.path)).toBe(false);
  });

  it('prints JSON of a stable shape', async () => {
    const document = JSON.parse((await output(['--json', '--app', APP])).join('\n')) as unknown;
    const onNumbers = { app: APP, topics: ['dev-numbers', 'dev-archive'] };
    const defaults = { attempts: 5, delayMs: 20, maxDelayMs: 60_000, onFailure: 'dead-letter' };
    expect(document).toStrictEqual({
      events: [
        {
          type: 'test.numbered.v1',
          major: 1,
          minorversion: 0,
          keyField: 'number.key',
          fields: [
            { path: 'number', type: 'record NumberData', nullable: false, required: true },
            { path: 'number.key', type: 'string', nullable: false, required: true },
            { path: 'number.seq', type: 'long', nullable: false, required: true },
            { path: 'number.note', type: 'string', nullable: true, required: false, default: null },
          ],
          routes: [
            { topic: 'dev-numbers', keyField: 'number.key', enabled: true },
            { topic: 'dev-archive', keyField: 'number.seq', enabled: false },
          ],
          handlers: [
            { name: 'Counting.count', ...onNumbers, ...defaults },
            { name: 'Both.both', ...onNumbers, ...defaults, attempts: 1, onFailure: 'skip' },
          ],
        },
        {
          type: 'test.unhandled.v1',
          major: 1,
          minorversion: 0,
          keyField: null,
          fields: [{ path: 'text', type: 'string', nullable: false, required: true }],
          routes: [],
          handlers: [
            { name: 'Both.both', app: APP, topics: [], ...defaults, attempts: 1, onFailure: 'skip' },
            { name: 'Late.late', app: APP, topics: [], attempts: 7, delayMs: 20, maxDelayMs: 30, onFailure: 'halt' },
          ],
        },
      ],
    });
  });

  it('takes --consumes for the topics of the consumers', async () => {
    const lines = await output(['--app', APP, '--consumes', 'numbers', '--consumes', 'texts']);
    expect(lines).toContain('    handled by  Counting.count from dev-numbers; 5 attempts, then dead-letter');
    expect(lines).toContain('    handled by  Late.late from dev-numbers, dev-texts; 7 attempts, then halt');
  });

  it('puts several applications together: one sends, another handles', async () => {
    const app = writeApp('OnEvent', "OnEvent('test.numbered.v1')");
    const lines = await output(['--app', app, '--app', APP]);
    expect(lines).toContain(
      '    handled by  Letters.welcome from dev-numbers, dev-archive; 5 attempts, then dead-letter',
    );
  });

  it('reads an application that has a copy of the package of its own', async () => {
    const app = writeApp(
      'EventBusModule, OnEvent',
      "OnEvent('test.numbered.v1')",
      "EventBusModule.forRoot({ producerConfig: { 'test.unhandled.v1': { copied: { event_key_field: 'text', enabled: true } } } })",
      { withOwnCopy: true },
    );
    const lines = await output(['--app', app]);
    expect(lines).toContain('    handled by  Letters.welcome; 5 attempts, then dead-letter');
    expect(lines).toContain('    sent to     copied, key text');
  });

  it.each([
    ['of its own', '{ module: Config, providers: [provider], exports: [CONFIG] }', true],
    ['that is global', '{ module: Config, providers: [provider], exports: [CONFIG], global: true }', false],
  ])(
    'asks the factory of forRootAsync, with the configuration %s, and starts nothing else',
    async (_, config, isOwn) => {
      const app = writeApp(
        'EventBusModule, OnEvent',
        "OnEvent('test.unhandled.v1')",
        isOwn
          ? `EventBusModule.forRootAsync({ imports: [${config}], inject: [CONFIG], useFactory })`
          : `EventBusModule.forRootAsync({ inject: [CONFIG], useFactory }), ${config}, { module: Broken, global: true, providers: [broken] }`,
        {
          before: `
          class Config {}
          class Broken {}
          const CONFIG = 'CONFIG';
          const provider = { provide: CONFIG, useValue: 'later' };
          const broken = { provide: 'x', useFactory: () => { throw new Error('started'); } };
          const route = (topic) => ({ [topic]: { event_key_field: 'text' } });
          const useFactory = (topic) => Promise.resolve({ producerConfig: { 'test.unhandled.v1': route(topic) } });`,
        },
      );
      const command = bench.cli(['events', '--app', app]);
      expect(await command.ended, command.lines.join('\n')).toBe(0);
      expect(command.output).toContain('    sent to     later, key text');
      expect(command.lines.filter((line) => line.startsWith('WARN'))).toEqual([]);
    },
  );

  it('warns of what it cannot know: options of forRootAsync, an application without handlers', async () => {
    const app = writeApp(
      'EventBusModule',
      '() => undefined',
      "EventBusModule.forRootAsync({ useFactory: () => { throw new Error('no vault'); } })",
    );
    const command = bench.cli(['events', '--app', app]);
    await expect(command.ended).resolves.toBe(0);
    expect(command.lines).toContain(`WARN --app ${app}: no controller has an @OnEvent method`);
    expect(command.lines).toContain(
      `WARN --app ${app}: the options of forRootAsync() are not known here (no vault); the list shows those of the environment`,
    );
  });

  describe('ends with 2, one message and no output', () => {
    it.each<[string, readonly string[], RegExp, Record<string, string>?]>([
      [
        'for an unknown type',
        ['test.unhand'],
        /^event-bus: test.unhand is not a known event type; .*EVENT_BUS_EVENTS. Known types that contain it: test.unhandled.v1.$/,
      ],
      [
        'for wrong settings',
        [],
        /^event-bus: Wrong settings:\n {2}EVENT_BUS_RETRY_ATTEMPTS: got "0"; allowed: /,
        { EVENT_BUS_RETRY_ATTEMPTS: '0' },
      ],
      [
        'for wrong routes',
        [],
        /EVENT_BUS_PRODUCER_CONFIG: t: event_key_field: test.unhandled.v1: key field "x"/,
        { EVENT_BUS_PRODUCER_CONFIG: '{"test.unhandled.v1":{"t":{"event_key_field":"x","enabled":true}}}' },
      ],
      ['for a missing --app', ['--app', 'dist/nothing.js'], /--app dist\/nothing.js: there is no such file; is the/],
      ['for a main file', ['--app', 'dist/apps/consumer/main.js'], /would start the application; give the file of its/],
      [
        'for a file without a module',
        ['--app', 'dist/test-apps/events.js'],
        /exports no Nest module; give the built file/,
      ],
      ['for an --app that is no code', ['--app', 'README.md'], /--app README.md: cannot be loaded: .*extension/],
      ['for --consumes without --app', ['--consumes', 't'], /--consumes needs --app/],
      ['for --title alone', ['--title', 't'], /--title needs --asyncapi/],
      ['for two forms', ['--json', '--asyncapi'], /'--asyncapi' cannot be used with option '--json'/],
    ])('%s', async (_, args, message, env = {}) => {
      const { errors, lines } = await refused(args, env);
      expect(errors).toMatch(message);
      expect(lines).toEqual([]);
    });

    it('for an --app that fails while it is loaded', async () => {
      const app = join(bench.folder, 'broken.js');
      writeFileSync(app, "throw new Error('no licence');");
      expect((await refused(['--app', app])).errors).toBe(`event-bus: --app ${app}: cannot be loaded: no licence`);
    });

    it('for a handler of an event that nobody knows', async () => {
      const { errors } = await refused(['--app', writeApp('OnEvent', "OnEvent('test.unknown.v1')")]);
      expect(errors).toMatch(
        /^event-bus: Wrong settings:\n {2}Letters.welcome: @OnEvent\('test.unknown.v1'\) is not a known/,
      );
    });
  });

  describe('--asyncapi', () => {
    it('says who sends and who handles', async () => {
      const document = await asyncApi(['--app', APP, '--consumes', 'numbers'], { EVENTS_SERVICE_NAME: 'counter' });
      expect(document.info).toMatchObject({ title: 'counter', version: '0.1.0' });
      expect(Object.keys(document.channels)).toEqual(['dev-numbers']);
      expect(document.channels['dev-numbers']).toMatchObject({ address: 'dev-numbers' });
      expect(document.operations).toMatchObject({
        'send.test.numbered.v1.to.dev-numbers': {
          action: 'send',
          summary: 'counter publishes test.numbered.v1 to dev-numbers.',
          'x-key-field': 'number.key',
          channel: { $ref: '#/channels/dev-numbers' },
          messages: [{ $ref: '#/channels/dev-numbers/messages/test.numbered.v1' }],
        },
        'receive.test.numbered.v1.from.dev-numbers': {
          action: 'receive',
          summary: 'Counting.count, Both.both handle test.numbered.v1 from dev-numbers.',
          'x-handlers': [
            { name: 'Counting.count', app: APP },
            { name: 'Both.both', onFailure: 'skip' },
          ],
        },
        'receive.test.unhandled.v1.from.dev-numbers': { action: 'receive' },
      });
      expect(Object.keys(document.operations)).toHaveLength(3);
      expect(document.components.messages['test.numbered.v1']).toMatchObject({
        name: 'test.numbered.v1',
        contentType: 'application/avro',
        payload: {
          schemaFormat: 'application/vnd.apache.avro;version=1.9.0',
          schema: JSON.parse(NUMBERED.schema) as unknown,
        },
      });
      expect(await problemsOf(document)).toEqual([]);
    });

    it('receives from a channel without address where nobody knows the topic', async () => {
      const document = await asyncApi(['--app', APP, UNHANDLED.type]);
      expect(Object.values(document.channels)).toMatchObject([{ address: null }]);
      expect(Object.keys(document.operations)).toEqual(['receive.test.unhandled.v1.from.unknown-topic']);
      expect(await problemsOf(document)).toEqual([]);
    });

    it('leaves out what is neither sent nor handled', async () => {
      const document = await asyncApi([], ENV);
      expect(Object.keys(document.components.messages)).toEqual(['test.numbered.v1']);
      expect(Object.keys(document.channels)).toEqual(['dev-numbers']);
      expect(await problemsOf(await asyncApi([]))).toEqual([]);
    });

    it('takes title and version as given', async () => {
      const { info } = await asyncApi(['--title', 'Numbers', '--version', '7.0.0']);
      expect(info).toMatchObject({ title: 'Numbers', version: '7.0.0' });
    });

    it('is valid for every event of Open edX, with the exact schema of all but the one whose namespace is illegal', async () => {
      const document = await asyncApi([], {
        EVENT_BUS_EVENTS: 'openedx-events',
        EVENT_BUS_PRODUCER_CONFIG: JSON.stringify(everyRoute()),
      });
      const schemas = Object.entries(document.components.messages).map(([type, { payload }]) => [type, payload.schema]);
      const original = OPENEDX_EVENTS.map(({ type, schema }) => [type, JSON.parse(schema) as unknown] as const);
      const changed = original.filter(([type, schema]) => {
        const [, found] = schemas.find(([name]) => name === type) ?? [];
        return JSON.stringify(found) !== JSON.stringify(schema);
      });
      expect(schemas).toHaveLength(64);
      const hyphen = 'org.openedx.enterprise.subsidy.redemption-reversed.v1';
      expect(changed.map(([type]) => type)).toEqual([hyphen]);
      expect(document.components.messages[hyphen]).toMatchObject({
        description: expect.stringContaining(
          `registered with the namespace "${hyphen}", which Avro does not allow`,
        ) as unknown,
        'x-avro-namespace': hyphen,
      });
      // The last check, because the parser never ends for a long illegal namespace.
      expect(await problemsOf(document)).toEqual([]);
    });

    it.each<[string, (document: Document) => void]>([
      [
        'an operation with a message of no channel',
        ({ channels }) => Object.assign(channels['dev-numbers'] ?? {}, { messages: {} }),
      ],
      [
        'a message without a name that is text',
        ({ components }) => Object.assign(components.messages[NUMBERED.type] ?? {}, { name: 7 }),
      ],
      ['a namespace with a hyphen', ({ components }) => Object.assign(payloadIn(components), { namespace: 'a.b-c' })],
      [
        'a type that Avro does not have',
        ({ components }) => Object.assign(payloadIn(components), { fields: [{ name: 'x', type: 'text' }] }),
      ],
    ])('would be refused with %s', async (_, damage) => {
      const document = await asyncApi([], ENV);
      expect(await problemsOf(document)).toEqual([]);
      damage(document);
      expect(await problemsOf(document)).not.toEqual([]);
    });

    it('ends with 2 when package.json cannot be read', async () => {
      writeFileSync(join(bench.folder, 'package.json'), '{');
      const bin = join(ROOT, 'libs/event-bus/bin/event-bus.js');
      const command = start(process.execPath, [bin, 'events', '--asyncapi'], { env: bench.env, cwd: bench.folder });
      await expect(command.ended).resolves.toBe(2);
      expect(command.lines.join('\n')).toMatch(/^event-bus: package.json: .*; give --title and --version instead$/);
    });
  });

  async function output(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const command = bench.cli(['events', ...args], { env });
    expect(await command.ended, command.lines.join('\n')).toBe(0);
    return command.output;
  }

  async function refused(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const command = bench.cli(['events', ...args], { env });
    await expect(command.ended).resolves.toBe(2);
    return { errors: command.lines.join('\n'), lines: command.output };
  }

  async function asyncApi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Document> {
    return JSON.parse((await output(['--asyncapi', ...args], env)).join('\n')) as Document;
  }

  /** Writes a module with one controller, `Letters`, whose method `welcome` has this decorator. */
  function writeApp(
    imports: string,
    decorator: string,
    module = '',
    { withOwnCopy = false, before = '' } = {},
  ): string {
    const packages = join(bench.folder, 'node_modules');
    if (withOwnCopy) {
      mkdirSync(packages);
      symlinkSync(join(ROOT, 'node_modules/@nestjs'), join(packages, '@nestjs'));
      for (const name of ['dist', 'package.json'])
        cpSync(join(ROOT, 'libs/event-bus', name), join(packages, 'nest-event-bus', name), { recursive: true });
      // The packages that the copy imports.
      symlinkSync(join(ROOT, 'node_modules'), join(packages, 'nest-event-bus/node_modules'));
    } else symlinkSync(join(ROOT, 'node_modules'), packages);
    const file = join(bench.folder, 'app.module.mjs');
    writeFileSync(
      file,
      `import { Controller, Module } from '@nestjs/common';
      import { ${imports} } from 'nest-event-bus';
      ${before}
      class Letters { welcome() {} }
      Controller()(Letters);
      (${decorator})(Letters.prototype, 'welcome', Object.getOwnPropertyDescriptor(Letters.prototype, 'welcome'));
      export class AppModule {}
      Module({ imports: [${module}], controllers: [Letters] })(AppModule);`,
    );
    return file;
  }
});

interface Document {
  readonly info: unknown;
  readonly channels: Record<string, unknown>;
  readonly operations: Record<string, unknown>;
  readonly components: { readonly messages: Record<string, { readonly payload: { readonly schema: object } }> };
}

/**
 * The problems that AsyncAPI's parser finds, and those that Avro's parser finds in each payload. AsyncAPI's parser does
 * not call Avro's for documents of version 3. A newer AsyncAPI version is not a problem.
 */
async function problemsOf(document: Document): Promise<readonly string[]> {
  const { diagnostics } = await PARSER.parse(JSON.stringify(document));
  const found = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version').map(({ message }) => message);
  for (const { payload } of Object.values(document.components.messages)) {
    const input = { data: payload.schema, path: [] } as unknown as Parameters<typeof AVRO.validate>[0];
    found.push(...((await AVRO.validate(input)) ?? []).map(({ message }) => message));
  }
  return found;
}

function payloadIn(components: Document['components']): object {
  return components.messages[NUMBERED.type]?.payload.schema ?? {};
}

/** Routes for all Open edX events: each to its own topic, with the first field that can be a key. */
function everyRoute(): unknown {
  return Object.fromEntries(
    OPENEDX_EVENTS.map(({ type, keyField }) => [type, { [`t-${type}`]: { event_key_field: keyField, enabled: true } }]),
  );
}
