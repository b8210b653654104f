// A member in its own process: node member.mjs '{ options, subscription, workMs, log }'. It prints a line for each
// action, and appends the value of each record to the log when it starts to handle it.
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { embedded } from 'nest-event-bus/embedded';

const { options, subscription, workMs, log } = JSON.parse(process.argv[2]);
const backend = embedded(options);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.stdout.write('started\n');
await backend.consume(
  subscription,
  async (record, lost) => {
    const value = Buffer.from(record.value).toString();
    lost.addEventListener('abort', () => process.stdout.write(`lost ${value}: ${lost.reason.message}\n`), {
      once: true,
    });
    appendFileSync(log, `${value}\n`);
    process.stdout.write(`handles ${value}\n`);
    await pause(workMs, undefined, { signal: lost });
    process.stdout.write(`handled ${value}\n`);
  },
  stop.signal,
);
await backend.close();
process.stdout.write('ended\n');
