// A consumer in its own process. It tells its parent when the first event arrives, its memory once a second, and the
// latencies of events that carry their time of sending. On request it tells how many events have arrived.
import { nestApp } from './embedded-nest.mjs';

const { path, options } = JSON.parse(process.argv[2]);
const latencies = [];
let count = 0;
const app = await nestApp(path, options);
await app.consume(({ number }) => {
  count += 1;
  const { note } = number;
  if (note?.startsWith('at '))
    latencies.push((Number(process.hrtime.bigint()) - Number(note.slice(3, note.indexOf(';')))) / 1e6);
  if (count === 1) process.send({ first: true });
});
const sampling = setInterval(
  () => process.send({ rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20), count }),
  1_000,
);
process.on('message', async () => {
  clearInterval(sampling);
  await app.close();
  process.send({ count, latencies }, () => process.disconnect());
});
process.send({ ready: true });
