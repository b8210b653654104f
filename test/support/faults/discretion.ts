/** Fails if a log line contains one of these words, which are secrets or event data. */
export function expectDiscreet(lines: readonly string[], words: readonly string[]): void {
  for (const line of lines) {
    const shown = words.find((word) => line.includes(word));
    if (shown !== undefined) throw new Error(`A log shows what it must not, ${shown}:\n${line}`);
  }
}
