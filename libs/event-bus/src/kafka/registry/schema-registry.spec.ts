import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidEventError, UnavailableError, UnusableRecordError } from '../../core/errors.js';
import { schemaRegistry } from './schema-registry.js';

interface Asked {
  readonly what: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

const OURS =
  '{"type": "record", "name": "E", "fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "long"}]}';
const LATEST = '{"type": "record", "name": "E", "fields": [{"name": "a", "type": "string"}]}';

describe('a schema registry', () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let answers: (readonly [status: number, body: unknown])[];

  beforeEach(async () => {
    asked = [];
    answers = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ what: `${request.method} ${request.url}`, body, authorization: request.headers.authorization });
        const [status, answer] = answers.shift() ?? [500, {}];
        response.writeHead(status).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  });
  afterEach(() => server.close());

  it('is asked once for an id, by the exact text, and nothing else is written', async () => {
    answers = [[200, { id: 7 }]];
    const registry = schemaRegistry({ url, apiKey: 'user', apiSecret: 'p:w' });
    expect(await Promise.all([registry.idOf('a/b', OURS), registry.idOf('a/b', OURS)])).toEqual([7, 7]);
    expect(registry.idOf('a/b', OURS)).toBe(7);
    expect(registry.schemaOf(7)).toBe(OURS);
    expect(asked).toEqual([
      {
        what: 'POST /base/subjects/a%2Fb/versions?normalize=False',
        body: JSON.stringify({ schema: OURS, schemaType: 'AVRO', references: [] }),
        authorization: `Basic ${Buffer.from('user:p:w').toString('base64')}`,
      },
    ]);
  });

  it('is asked again while it is away, until the timeout', async () => {
    answers = [
      [503, { message: 'starting' }],
      [200, { id: 8 }],
    ];
    expect(await schemaRegistry({ url }).idOf('s', OURS)).toBe(8);
    await expect(schemaRegistry({ url, timeoutMs: 50 }).idOf('s', OURS)).rejects.toThrow(UnavailableError);
  });

  it('refuses with its own words, and with what we find in comparison with its latest version', async () => {
    answers = [
      [409, { error_code: 409, message: 'incompatible with an earlier schema' }],
      [200, { schema: LATEST, version: 3, id: 1 }],
    ];
    const refusal = Promise.resolve(schemaRegistry({ url }).idOf('s', OURS));
    await expect(refusal).rejects.toThrow(InvalidEventError);
    await expect(refusal).rejects.toThrow(
      /409 "incompatible with an earlier schema" .*\.b: reader-field-missing-default/,
    );
  });

  const UNKNOWN = [404, { error_code: 40403, message: 'Schema 9 not found' }] as const;

  it('tells a schema that is not there from an address that is wrong', async () => {
    answers = [UNKNOWN, [404, { message: 'no such page' }]];
    const registry = schemaRegistry({ url, unknownIdMs: 0 });
    await expect(registry.schemaOf(9)).rejects.toThrow(UnusableRecordError);
    await expect(registry.schemaOf(9)).rejects.toThrow(UnavailableError);
  });

  it('is asked again for a schema that one of its nodes does not know yet, for a while', async () => {
    answers = [UNKNOWN, UNKNOWN, [200, { schema: OURS }]];
    const registry = schemaRegistry({ url });
    for (let asked = 0; asked < 2; asked += 1) {
      const refusal = Promise.resolve(registry.schemaOf(9));
      await expect(refusal).rejects.toThrow(UnavailableError);
      await expect(refusal).rejects.toThrow(
        `The schema registry at ${url.slice(0, -1)} has no schema 9 yet. Another registry node may have it: the lookup is retried for 30 s.`,
      );
    }
    expect(await registry.schemaOf(9)).toBe(OURS);

    answers = Array.from({ length: 1_000 }, () => UNKNOWN);
    const hasty = schemaRegistry({ url, unknownIdMs: 50 });
    const ends = async () => (await Promise.resolve(hasty.schemaOf(9)).catch((error: unknown) => error)) as Error;
    await expect.poll(async () => (await ends()).name, { timeout: 5_000 }).toBe('UnusableRecordError');
    expect((await ends()).message).toBe(`The schema registry at ${url.slice(0, -1)} has no schema 9.`);
  });

  it('gives a schema with what it refers to, and what that refers to', async () => {
    const reference = (subject: string) => ({ name: subject, subject, version: 2 });
    answers = [
      [200, { schema: '{"type": "array", "items": "o.B"}', references: [reference('b/s')] }],
      [
        200,
        {
          schema: '{"type": "record", "name": "o.B", "fields": [{"name": "c", "type": "o.C"}]}',
          references: [reference('c')],
        },
      ],
      [200, { schema: '{"type": "fixed", "name": "o.C", "size": 2}' }],
    ];
    expect(JSON.parse(await schemaRegistry({ url }).schemaOf(9))).toEqual({
      type: 'array',
      items: { type: 'record', name: 'o.B', fields: [{ name: 'c', type: { type: 'fixed', name: 'o.C', size: 2 } }] },
    });
    expect(asked.map(({ what }) => what)).toEqual([
      'GET /base/schemas/ids/9',
      'GET /base/subjects/b%2Fs/versions/2?deleted=true',
      'GET /base/subjects/c/versions/2?deleted=true',
    ]);
  });

  it.each([
    [{ schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' }, / is of the type PROTOBUF; only Avro can be read\.$/],
    [{ schema: '{', references: [{ name: 'b', subject: 'b', version: 1 }] }, /^Schema 9 of .* is not JSON\.$/],
  ])('gives no schema that cannot be used, and says why: %j', async (answer, message) => {
    answers = [
      [200, answer],
      [200, { schema: '"string"' }],
    ];
    const refusal = Promise.resolve(schemaRegistry({ url }).schemaOf(9));
    await expect(refusal).rejects.toThrow(UnusableRecordError);
    await expect(refusal).rejects.toThrow(message);
  });

  it('names what a schema refers to that is not there', async () => {
    answers = [
      [200, { schema: OURS, references: [{ name: 'b', subject: 'b', version: 3 }] }],
      [404, { error_code: 40402, message: 'Version 3 not found.' }],
    ];
    const refusal = Promise.resolve(schemaRegistry({ url, unknownIdMs: 0 }).schemaOf(9));
    await expect(refusal).rejects.toThrow(UnusableRecordError);
    await expect(refusal).rejects.toThrow(/ has no version 3 of subject b, which schema 9 references\.$/);
  });

  it('takes user and password from the URL as well, and does not show them in messages', async () => {
    answers = [[401, { message: 'no' }]];
    const withPassword = url.replace('http://', 'http://user:secret@');
    const refusal = Promise.resolve(schemaRegistry({ url: withPassword }).schemaOf(1));
    await expect(refusal).rejects.toThrow(UnavailableError);
    await expect(refusal).rejects.not.toThrow(/secret/);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });
});
