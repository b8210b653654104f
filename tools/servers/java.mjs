import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath, run } from './programs.mjs';

// Version 2.8, because newer ones fail on artifacts whose parent is not published.
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8';

/**
 * Options for a quick start and little memory, because these servers run for minutes. Nothing is written outside the
 * folder.
 */
export function javaOptions(folder) {
  return ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', `-Djava.io.tmpdir=${folder}`];
}

/** Rejects unless `java` is version 17 or newer. */
export async function checkJava() {
  const howTo = 'install a JDK from 17, such as Debian’s openjdk-17-jdk-headless, so that `java` is on the PATH';
  if (onPath('java') === undefined) throw new Error(`There is no java here: ${howTo}.`);
  const version = /version "(\d+)/.exec(await run('java', ['-version']))?.[1];
  if (!(Number(version) >= 17)) throw new Error(`java is version ${version}: ${howTo}.`);
}

/** Copies the artifacts (group:artifact:version) and their dependencies into the folder. */
export async function copyJars(artifacts, folder) {
  const project = await mkdtemp(join(tmpdir(), 'event-bus-maven-'));
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>nest-event-bus</groupId><artifactId>servers</artifactId><version>1</version>
  <dependencies>${dependencies.join('')}</dependencies>
</project>`;
  try {
    await writeFile(join(project, 'pom.xml'), pom);
    const to = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    await maven(['-f', join(project, 'pom.xml'), `${PLUGIN}:copy-dependencies`, ...to]);
  } finally {
    await rm(project, { recursive: true });
  }
}

/** Unpacks an archive (group:artifact:version:type:classifier) into the folder. */
export async function unpack(archive, folder) {
  // Without a project, the plugin leaves markers in its working folder and skips archives that have one.
  const cwd = await mkdtemp(join(tmpdir(), 'event-bus-maven-'));
  try {
    await maven([`${PLUGIN}:unpack`, `-Dartifact=${archive}`, `-DoutputDirectory=${folder}`], { cwd });
  } finally {
    await rm(cwd, { recursive: true });
  }
  if ((await readdir(folder)).length === 0) throw new Error(`mvn unpacked nothing from ${archive}.`);
}

async function maven(args, options) {
  if (onPath('mvn') === undefined) {
    throw new Error('There is no mvn here: install Maven, such as Debian’s maven, so that `mvn` is on the PATH.');
  }
  await run('mvn', ['--batch-mode', '--quiet', '-Dstyle.color=never', ...args], options);
}
