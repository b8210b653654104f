import type { Bench } from './bench.js';

/** The cases of one theme: the promise as the title, and the function that tests it. */
export type Cases = Readonly<Record<string, (bench: Bench) => Promise<void>>>;
