import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureProject, fixtureProject, type Started } from './fixture-project.js';

// Prints its arguments, then does what the first one says.
const MAIN = `
const args = process.argv.slice(2);
console.log('ARGUMENTS ' + JSON.stringify(args) + ' ' + process.pid);
const [does] = args;
if (does === 'exit-7') process.exitCode = 7;
if (does === 'wait' || does === 'wait-exit-3') {
  const wait = setInterval(() => {}, 1000);
  process.once('SIGTERM', () => { clearInterval(wait); console.log('STOPPED'); if (does === 'wait-exit-3') process.exitCode = 3; });
  console.log('READY');
}
if (does === 'wait-unprepared') { setInterval(() => {}, 1000); console.log('READY'); }
export {};
`;

const TYPED = [
  ['--topic', 'x', '--group', 'g'],
  ['-t', 'x', '-g', 'g'],
  ['--topic=x', '--group_id', 'g'],
  ['--event-type', 'a', '--event-type', 'b', '--from', 'earliest'],
  ['--extra', '{"a":"$HOME"}'],
  ['--extra', ''],
  ['--extra', 'two  words', '--extra', "it's", '--extra', '"quoted"', '--extra', 'back\\slash \\n \\$x'],
  ['--extra', '`id` $(id) ${HOME} $$', '--extra', '%PATH% !! * ? ~ # ; & | < > ( )', '--extra', 'line\nline\ttab é 🦊'],
].flat();

describe('nest start with the plugin', () => {
  let project: FixtureProject;
  beforeAll(async () => {
    project = await fixtureProject({ exec: 'exec node', main: MAIN });
  });
  afterAll(() => project.remove());

  it('hands the app every argument that Nest does not know exactly as it was typed', async () => {
    const run = project.nest('start', ...TYPED, '--preserveWatchOutput');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(await argumentsOf(run)).toEqual(TYPED);
  });

  it('hands them over without a shell too', async () => {
    const run = project.nest('start', '--no-shell', '--exec', 'node', ...TYPED);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(await argumentsOf(run)).toEqual(TYPED);
  });

  it.each([[[]], [['--no-shell', '--exec', 'node']]])(
    'hands over what stands behind -- exactly as well, with %j',
    async (options) => {
      const run = project.nest('start', ...options, '--dropped', '--', ...TYPED);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(await argumentsOf(run)).toEqual(TYPED);
    },
  );

  it('hands the same arguments to every app that watch mode starts', async () => {
    const run = project.nest('start', '--watch', '--preserveWatchOutput', 'app', 'wait', '--extra', '$HOME');
    await run.printed(/READY/);
    await project.write('src/main.ts', `${MAIN}\nconsole.log('CHANGED');\n`);
    await run.printed(/CHANGED/);
    const [first, second] = [...run.output().matchAll(/ARGUMENTS (.*) \d+/g)].map(([, list]) => list);
    run.nest.kill('SIGTERM');
    await run.ended;
    expect(first).toBe('["wait","--extra","$HOME"]');
    expect(second).toBe(first);
  });

  it('refuses a project that nest-cli.json does not have, and says the forms that work', async () => {
    const run = project.nest('start', 'consumer', '--topic', 'x');
    expect(await run.ended).toEqual({ code: 2, signal: null });
    expect(run.output()).toBe(
      [
        'nest start consumer: nest-cli.json has no project "consumer" (it has "app"), so Nest would start the main application instead. Nothing was started.',
        '  nest add nest-event-bus adds a project "consumer". By hand, for src/consumer.ts, add to nest-cli.json:',
        '    "projects": { "consumer": {"type":"application","root":"","sourceRoot":"src","entryFile":"consumer"} }',
        '  Without a project: nest start --entryFile consumer --topic <topic>',
        '',
      ].join('\n'),
    );
  });

  it('starts the file that --entryFile names, with its arguments, also without a project', async () => {
    const run = project.nest('start', '--entryFile', 'main', '--topic', 'x');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(await argumentsOf(run)).toEqual(['--topic', 'x']);
  });

  it('does nothing to nest build', async () => {
    const run = project.nest('build');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.output()).toBe('');
  });

  it('ends with the exit code of the app', async () => {
    expect(await project.nest('start', 'app', 'exit-7').ended).toEqual({ code: 7, signal: null });
  });

  it.each([
    ['wait', 0],
    ['wait-exit-3', 3],
  ])('at SIGTERM lets the app end and ends with its exit code: %s, %i', async (does, code) => {
    const run = project.nest('start', 'app', does);
    await run.printed(/READY/);
    run.nest.kill('SIGTERM');
    expect(await run.ended).toEqual({ code, signal: null });
    expect(run.output()).toContain('STOPPED');
    expect(isRunning(await pidOf(run))).toBe(false);
  });

  it('ends with 0 when the app does not handle the SIGTERM that was passed on to it', async () => {
    const run = project.nest('start', 'app', 'wait-unprepared');
    await run.printed(/READY/);
    run.nest.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(isRunning(await pidOf(run))).toBe(false);
  });

  it('ends with 128 and the number of the signal when the app was killed', async () => {
    const run = project.nest('start', 'app', 'wait');
    await run.printed(/READY/);
    process.kill(await pidOf(run), 'SIGKILL');
    expect(await run.ended).toEqual({ code: 137, signal: null });
  });
});

const LINE = /ARGUMENTS (.*) (\d+)/;

async function argumentsOf(run: Started): Promise<unknown> {
  return JSON.parse((await run.printed(LINE))[1] ?? '');
}

async function pidOf(run: Started): Promise<number> {
  return Number((await run.printed(LINE))[2]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
