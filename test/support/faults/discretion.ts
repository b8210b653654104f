/** Fails when a line of a log shows one of these words: secrets, or data of an event. */
export function expectDiscreet(lines: readonly string[], words: readonly string[]): void {
  for (const line of lines) {
    const shown = words.find((word) => line.includes(word));
    if (shown !== undefined) throw new Error(`A log shows what it must not, ${shown}:\n${line}`);
  }
}
