import { createRequire } from 'node:module';
import { forwardedArguments } from 'nest-event-bus/plugin';
import { describe, expect, it } from 'vitest';

const node = ['node', 'nest', 'start'];

describe('forwardedArguments', () => {
  it.each([
    ['consumer --topic x --group g', '--topic x --group g'],
    ['consumer -t x -g g', '-t x -g g'],
    ['consumer --topic=x --group_id=g', '--topic=x --group_id=g'],
    ['consumer more words -t x', 'more words -t x'],
    ['--topic x', '--topic x'],
    ['--watch consumer -t x', '-t x'],
    ['consumer -t x -wd 9229 -c nest.json -p=tsconfig.json --env-file .env', '-t x'],
    ['consumer --path=a --pathological=b', '--pathological=b'],
    ['consumer --debug --topic x', '--topic x'],
    ['consumer --debug -1 --offset -1', '--offset -1'],
    ['consumer', ''],
    ['', ''],
    ['consumer --topic x -- --group g', ''],
  ])('nest start %s → %s', (typed, forwarded) => {
    expect(forwardedArguments([...node, ...words(typed)])).toEqual(words(forwarded));
  });

  it('answers with nothing for another command', () => {
    expect(forwardedArguments(['node', 'nest', 'build', 'consumer', '--topic', 'x'])).toEqual([]);
    expect(forwardedArguments(['node', 'vitest'])).toEqual([]);
  });

  it('agrees with the parser of the installed Nest CLI about each of its options', async () => {
    const startCommand = await installedStartCommand();
    const spellings = startCommand().options.flatMap(({ short, long }) =>
      [short, long].filter((name) => name !== undefined),
    );
    expect(spellings).toEqual(expect.arrayContaining(['-w', '--watch', '-e', '--env-file', '--no-shell']));
    for (const option of spellings) {
      for (const typed of [
        `app ${option} value -t x`,
        `app -t x ${option} --group g`,
        `${option}=value app -t x`,
        `app ${option}ly -t x`,
        `app -t x ${option} -5 rest`,
      ]) {
        const { operands, unknown } = startCommand().parseOptions(words(typed));
        const expected = [...operands.slice(1), ...unknown];
        expect(forwardedArguments([...node, ...words(typed)]), `nest start ${typed}`).toEqual(expected);
      }
    }
  });
});

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

interface StartCommand {
  readonly options: readonly { readonly short?: string; readonly long?: string }[];
  parseOptions(args: readonly string[]): { readonly operands: readonly string[]; readonly unknown: readonly string[] };
}

/** Creates the parser of `nest start` from the CLI's own files. A new one each time, because parsing changes it. */
async function installedStartCommand(): Promise<() => StartCommand> {
  const cli = createRequire(import.meta.url).resolve('@nestjs/cli/package.json');
  const { Command } = (await import(createRequire(cli).resolve('commander'))) as {
    Command: new () => { readonly commands: readonly (StartCommand & { name(): string })[] };
  };
  const definition = (await import(createRequire(cli).resolve('./commands/start.command.js'))) as {
    StartCommand: new (action: unknown) => { load(program: unknown): void };
  };
  return () => {
    const program = new Command();
    new definition.StartCommand({}).load(program);
    const start = program.commands.find((command) => command.name() === 'start');
    if (start === undefined) throw new Error('The installed Nest CLI has no start command.');
    return start;
  };
}
