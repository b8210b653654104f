// npm run bench -- embedded|codec: ratios of sides measured in one run, interleaved, the median of several rounds.
const BENCHMARKS = { embedded: () => import('./embedded.mjs') };

const [name] = process.argv.slice(2);
const names = name === undefined ? Object.keys(BENCHMARKS) : [name];
const unknown = names.filter((each) => !(each in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
for (const each of names) await (await BENCHMARKS[each]()).run();
