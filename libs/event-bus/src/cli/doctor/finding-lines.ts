import type { Finding, Level } from '../../settings/finding.js';

const WIDTH = 'warning'.length;

/** A finding as text: the fact, and below it what it means and what to do. */
export function findingLines({ level, subject, what, meaning, advice }: Finding): readonly string[] {
  const more = [meaning, advice].filter((each) => each !== undefined);
  return [`${level.padEnd(WIDTH)}  ${subject}: ${what}.`, ...more.map((each) => `${' '.repeat(WIDTH + 2)}${each}`)];
}

/** The number of findings of each level: `1 problem, 2 warnings, 0 notes, 9 ok`. */
export function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((each) => each.level === level).length;
  const several = (level: Level) => `${count(level)} ${level}${count(level) === 1 ? '' : 's'}`;
  return `${several('problem')}, ${several('warning')}, ${several('note')}, ${count('ok')} ok`;
}
