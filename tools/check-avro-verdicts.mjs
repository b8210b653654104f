// Asks Apache Avro, in Java, about every pair of test/avro/compatibility-pairs.json. Exits with 1 if an answer differs
// from the recorded one. With --write it records the answers. Needs JDK 11 or newer and Maven.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAIRS = join(ROOT, 'test/avro/compatibility-pairs.json');
const PROGRAM = join(ROOT, 'tools/avro-verdicts');
const JARS = join(ROOT, '.cache/avro-verdicts');

const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;

const recorded = JSON.parse(readFileSync(PAIRS, 'utf8'));
const { reference, verdicts } = askApache(recorded.pairs);
console.log(`${recorded.pairs.length} pairs, by ${reference}`);

if (write) {
  const pairs = recorded.pairs.map(({ name, writer, reader, expected, note }, n) => ({
    name,
    writer,
    reader,
    apache: verdicts[n],
    ...(expected === undefined ? {} : { expected }),
    ...(note === undefined ? {} : { note }),
  }));
  const text = JSON.stringify({ reference, pairs });
  writeFileSync(PAIRS, await format(text, { ...(await resolveConfig(PAIRS)), filepath: PAIRS }));
  console.log(`Recorded in ${PAIRS.slice(ROOT.length)}`);
} else {
  const different = recorded.pairs.filter(({ apache }, n) => JSON.stringify(apache) !== JSON.stringify(verdicts[n]));
  for (const pair of different) {
    const now = verdicts[recorded.pairs.indexOf(pair)];
    console.error(`${pair.name}: recorded ${JSON.stringify(pair.apache)}, now ${JSON.stringify(now)}`);
  }
  console.log(`${recorded.pairs.length - different.length} as recorded, ${different.length} different`);
  if (different.length > 0) process.exitCode = 1;
}

function askApache(pairs) {
  // Removes the files of another version.
  rmSync(JARS, { recursive: true, force: true });
  const pom = join(PROGRAM, 'pom.xml');
  const copy = [
    '-q',
    '-B',
    '-Dstyle.color=never',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${JARS}`,
  ];
  execFileSync('mvn', copy, { stdio: ['ignore', 'ignore', 'inherit'] });
  const jars = readdirSync(JARS);
  const classPath = jars.map((jar) => join(JARS, jar)).join(delimiter);
  const program = ['-Dslf4j.internal.verbosity=ERROR', '-cp', classPath, join(PROGRAM, 'AvroVerdicts.java')];
  const answers = execFileSync('java', program, {
    input: JSON.stringify(pairs.map(({ writer, reader }) => ({ writer, reader }))),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const version = jars.flatMap((jar) => /^avro-(.*)\.jar$/.exec(jar)?.[1] ?? []).join();
  return {
    reference: `org.apache.avro:avro:${version}, SchemaCompatibility.checkReaderWriterCompatibility`,
    verdicts: JSON.parse(answers.toString()),
  };
}
