import { start } from './program.mjs';

const TOPIC = 'learner-registration';
const LEARNERS = [
  { username: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' },
  { username: 'grace', email: 'grace@example.org', name: 'Grace Hopper' },
  { username: 'mary', email: 'mary@example.org', name: 'Mary Somerville' },
];

/** A web service and a consumer: registers learners over HTTP and shows how the consumer handles the events. */
export const story = {
  says: 'Two processes, ',
  limitMs: 45_000,
  partitions: 1,
  async tell({ env, started }) {
    const consumer = app('consumer', ['--topic', TOPIC, '--group', 'demo'], env, started);
    await consumer.says(/Consuming:/);
    const web = app('registration', [], { ...env, PORT: '0' }, started);
    const [, url] = await web.says(/Listening on (\S+)/);
    for (const learner of LEARNERS) {
      const response = await fetch(`${url}/learners`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(learner),
      });
      if (!response.ok) throw new Error(`POST /learners answered ${response.status}: ${await response.text()}`);
      console.log(`\n> POST /learners ${learner.username}: ${response.status} ${await response.text()}`);
      await consumer.says(new RegExp(`welcome letter to ${learner.username}`));
    }
    await Promise.all([web.stop(), consumer.stop()]);
    return `${LEARNERS.length} learners registered over HTTP, each event handled by the other process, which then stopped cleanly.`;
  },
};

/** Starts an app of this repository, and prints its lines without those of Nest's start. */
function app(name, args, env, started) {
  const program = start(name, [`dist/apps/${name}/main.js`, ...args], {
    env,
    onLine: (line) => {
      const text = line.replace(/^\[Nest\] \d+\s+- [^L]*LOG /, '');
      if (!/\[(InstanceLoader|NestFactory|RoutesResolver|RouterExplorer|NestApplication|NestMicroservice)\]/.test(text))
        console.log(`  ${name.padEnd(12)} ${text}`);
    },
  });
  started.add(program);
  return program;
}
