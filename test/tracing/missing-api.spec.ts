import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const SAID = 'EVENT_BUS_TRACING: tracing needs the package @opentelemetry/api: npm install @opentelemetry/api';

/** Simulates that the package is not installed, for `import` and for `require`. */
const HOOKS = `
  export async function resolve(specifier, context, next) {
    if (specifier !== '@opentelemetry/api') return next(specifier, context);
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  }
`;
const WITHOUT = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOKS)}));
`;
const WITHOUT_REQUIRED = `
  const Module = require('node:module');
  const { _resolveFilename: resolve } = Module;
  Module._resolveFilename = (name, ...rest) => resolve(name === '@opentelemetry/api' ? 'not-installed' : name, ...rest);
`;

let bench: Workbench;
beforeEach(() => (bench = workbench('missing-api')));
afterEach(() => bench.clear());

it.each([
  ['off', 0],
  ['on', 2],
])('with tracing %s and without the package @opentelemetry/api, a process ends with %d', async (tracing, code) => {
  const producer = bench.cliProcess(['produce', '--topic', bench.topic], {
    input: '',
    env: { EVENT_BUS_TRACING: tracing, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(WITHOUT)}` },
  });
  expect(await producer.ended, producer.lines.join('\n')).toBe(code);
  if (code === 2) expect(producer.lines.join('\n')).toContain(SAID);
});

it('an application in CommonJS says the same', async () => {
  const program = `${WITHOUT_REQUIRED}
    const { loadTracing } = require('./libs/event-bus/dist-cjs/nest/runtime/load-tracing.js');
    loadTracing(true).catch(({ name, message }) => console.log(name + ': ' + message));
  `;
  const running = start(process.execPath, ['--eval', program]);
  expect(await running.ended).toBe(0);
  expect(running.output).toEqual([`SettingsError: ${SAID}`]);
});

it('a wrong value is refused at the start', async () => {
  const producer = bench.cliProcess(['produce', '--topic', bench.topic], {
    input: '',
    env: { EVENT_BUS_TRACING: 'maybe' },
  });
  expect(await producer.ended).toBe(2);
  expect(producer.lines.join('\n')).toContain('EVENT_BUS_TRACING: got "maybe"; allowed: off, on or link');
});
