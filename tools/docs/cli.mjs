import { main } from '../../libs/event-bus/dist/cli/main.js';
import { readConsumerArguments } from '../../libs/event-bus/dist/nest/consumer/consumer-arguments.js';

const HEAD = `# Command line

<!-- Written by npm run generate:docs from the help of the commands. -->

The package \`nest-event-bus\` brings the command \`event-bus\`. Run it with \`npx event-bus\`. It takes the
[settings](../settings.md) of your services from the environment. [Exit codes](exit-codes.md) are the same for the
command and for consumers.
`;

/** docs/reference/cli.md. */
export async function cliPage() {
  return [
    HEAD,
    ...(await sections([])),
    '## A consumer process\n\nThe arguments of a process of `runConsumer()`, and of `nest start consumer`:\n',
    block(await printed(() => readConsumerArguments(['--help']))),
  ].join('\n');
}

async function sections(path) {
  const help = await printed(() => main([...path, '--help']));
  const commands = [...(/^Commands:\n([\s\S]*)/m.exec(help)?.[1] ?? '').matchAll(/^ {2}([a-z]\S*)/gm)];
  const below = [];
  for (const [, name] of commands.filter(([, name]) => name !== 'help'))
    below.push(...(await sections([...path, name])));
  return [`## \`${['event-bus', ...path].join(' ')}\`\n`, block(help), ...below];
}

/** What is written to standard output meanwhile. */
async function printed(run) {
  const { stdout } = process;
  const { write, columns } = stdout;
  let text = '';
  stdout.write = (chunk) => ((text += chunk), true);
  // The help is wrapped for the terminal; the page is the same from all of them.
  stdout.columns = 100;
  try {
    await run();
  } catch (error) {
    if (error.code !== 'commander.helpDisplayed') throw error;
  } finally {
    stdout.write = write;
    stdout.columns = columns;
  }
  return text.trimEnd();
}

function block(text) {
  return `\`\`\`text\n${text}\n\`\`\`\n`;
}
