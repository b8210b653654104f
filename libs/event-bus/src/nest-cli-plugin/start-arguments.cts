/**
 * Returns the arguments of `nest start` that Nest does not know, in their order. They are meant for the app.
 *
 * Recognizes options like the CLI's parser (commander): they may be anywhere, and the first bare word is the project.
 * Returns nothing for other commands, and if `--` already marks the arguments for the app.
 */
export function forwardedArguments(argv: readonly string[]): string[] {
  if (argv[2] !== 'start' || argv.includes('--')) return [];
  const { words, unknown } = parse(argv.slice(3));
  return [...words.slice(1), ...unknown];
}

/** The project that `nest start` names: `consumer` in `nest start consumer --topic x`. */
export function startedProject(argv: readonly string[]): string | undefined {
  if (argv[2] !== 'start') return undefined;
  const end = argv.indexOf('--');
  return parse(argv.slice(3, end === -1 ? undefined : end)).words[0];
}

/** The value of an option of `nest start` that takes one, such as `--config`. */
export function optionValue(argv: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [index, token] of argv.entries()) {
    if (token === '--') return undefined;
    if (names.includes(token)) return argv[index + 1];
    const name = names.find((each) => each.startsWith('--') && token.startsWith(`${each}=`));
    if (name !== undefined) return token.slice(name.length + 1);
  }
  return undefined;
}

function parse(given: readonly string[]): { readonly words: readonly string[]; readonly unknown: readonly string[] } {
  const rest = [...given];
  const words: string[] = [];
  const unknown: string[] = [];
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (FLAGS.has(token) || carriesItsValue(token)) continue;
    if (WITH_VALUE.has(token)) {
      if (rest[0] !== undefined && !isOption(rest[0])) rest.shift();
    } else if (isCluster(token) && FLAGS.has(token.slice(0, 2))) {
      rest.unshift(`-${token.slice(2)}`);
    } else {
      (unknown.length > 0 || isOption(token) ? unknown : words).push(token);
    }
  }
  return { words, unknown };
}

/** Whether `nest start` runs the app through a shell. It does unless `--no-shell` is given. */
export function usesShell(argv: readonly string[]): boolean {
  return argv.lastIndexOf('--no-shell') <= argv.lastIndexOf('--shell');
}

// The options of `nest start` in @nestjs/cli 12. A test in test/cli-plugin compares them with the installed CLI.
const FLAGS = new Set([
  ...['-w', '--watch', '--watchAssets', '--preserveWatchOutput', '--webpack', '--tsc', '--silent'],
  ...['--type-check', '--no-type-check', '--emit-declarations', '--shell', '--no-shell'],
]);
const WITH_VALUE = new Set([
  ...['-c', '--config', '-p', '--path', '-b', '--builder', '-d', '--debug', '-e', '--exec'],
  ...['--webpackPath', '--rspackPath', '--sourceRoot', '--entryFile', '--env-file'],
]);

/** A negative number is a value, not an option. */
function isOption(token: string): boolean {
  return /^-./s.test(token) && !/^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/.test(token);
}

/** Whether the value is part of the token, as in `--path=x` and `-px`. */
function carriesItsValue(token: string): boolean {
  return WITH_VALUE.has(isCluster(token) ? token.slice(0, 2) : (/^(--[^=]+)=/.exec(token)?.[1] ?? ''));
}

/** Several one-letter options in one token, or one with its value: `-wd`, `-d9229`. */
function isCluster(token: string): boolean {
  return /^-[^-]./s.test(token);
}
