// npm run faults:kafka -- --help
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../servers/cache.mjs';
import { readArguments } from './arguments.mjs';
import { openCluster } from './cluster.mjs';
import { openReport } from './report.mjs';
import { keepRow, rowsOf } from './rows.mjs';
import { runTrial, TRIALS } from './trials.mjs';

const { names, sides, rates, runs, version, keep, ...given } = readArguments(process.argv.slice(2));
const FOLDER = join(ROOT, '.guarantees/kafka-faults');
mkdirSync(FOLDER, { recursive: true });
const report = openReport(console.log);
let cluster = await openCluster({ version });
// Ctrl-C also ends the started processes.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void cluster.close().finally(() => process.exit(130)));
try {
  for (const name of names) {
    for (const rate of rates) {
      for (const side of sides) await measure({ name, side, rate });
    }
  }
} finally {
  await cluster.close();
}

async function measure({ name, side, rate }) {
  const { kind } = TRIALS[name];
  const results = [];
  for (let run = 1; run <= runs; run += 1) {
    const result = await attempt(name, { ...given, side, rate });
    if (result === undefined) continue;
    results.push(result);
    report.run(kind, { name, side, rate, run }, result);
    const file = `${name}-${side}-${rate}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`;
    writeFileSync(join(FOLDER, file), `${JSON.stringify({ name, ...given, side, rate, version, run, result })}\n`);
    if (result.broken.length > 0) process.exitCode = 1;
    else if (keep && side === 'ours')
      rowsOf(name, { rate, version, publisher: given.publisher, result }).forEach(keepRow);
  }
  if (results.length > 0) report.all(kind, { name, side, rate }, results);
}

/** A trial that could not be carried out has no result. The next trial gets a new cluster. */
async function attempt(name, how) {
  try {
    return await runTrial(cluster, name, how);
  } catch (error) {
    console.log(`    ${name}: could not be carried out: ${error.message}${causeOf(error)}`);
    process.exitCode = 1;
    await cluster.close();
    cluster = await openCluster({ version });
    return undefined;
  }
}

function causeOf({ cause }) {
  return cause === undefined ? '' : ` (${cause.message})`;
}
