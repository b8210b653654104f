import type { Bench } from './bench.js';

/** The cases of one theme: the promise in plain words, and what puts it to the test. */
export type Cases = Readonly<Record<string, (bench: Bench) => Promise<void>>>;
