import * as zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { start } from '../support/process.js';

/** As on a platform for which a package has no binary. */
const HOOKS = `
  const PACKAGES = ['snappy', 'lz4-napi', '@foxglove/wasm-zstd'];
  export async function resolve(specifier, context, next) {
    if (PACKAGES.includes(specifier)) throw new Error('Cannot find native binding.\\nTried: everything.');
    return next(specifier, context);
  }
`;

const PROGRAM = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOKS)}));
  const { compress, decompress, missingFor } = await import('./libs/event-bus/dist/kafka/records/compression.js');
  for (const name of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) console.log('missing', name, await missingFor(name));
  const said = (error) => error.name + ': ' + error.message;
  console.log('compress', await compress(2, Buffer.from('text')).catch(said));
  console.log('decompress', await decompress(3, Buffer.from('text'), { maxBytes: 10 }).catch(said));
`;

const needs = (name: string, packageName: string) =>
  `${name} needs the package ${packageName} and its binary for ${process.platform} ${process.arch} (npm installs both with ` +
  'nest-event-bus, unless it is told to omit optional dependencies), which cannot be loaded here: Cannot find native binding.';
const ZSTD =
  'zstd needs Node.js 22.15 or newer, or the package @foxglove/wasm-zstd (npm installs it with nest-event-bus), ' +
  'which cannot be loaded here: Cannot find native binding.';

it('what a compression lacks is told, at the start as at a batch', async () => {
  const program = start(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  expect(await program.ended).toBe(0);
  expect(program.output).toEqual([
    'missing none undefined',
    'missing gzip undefined',
    `missing snappy ${needs('snappy', 'snappy')}`,
    `missing lz4 ${needs('lz4', 'lz4-napi')}`,
    `missing zstd ${'zstdCompress' in zlib ? 'undefined' : ZSTD}`,
    `compress CompressionError: ${needs('snappy', 'snappy')}`,
    `decompress CompressionError: ${needs('lz4', 'lz4-napi')}`,
  ]);
});
