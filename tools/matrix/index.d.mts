/** A project of the Nest CLI on one Node. Its name is `nest12-esm-npm-node24`. */
export interface Cell {
  readonly name: string;
  /** The name without its Node. Cells of one project share an installation. */
  readonly project: string;
  readonly nest: number;
  readonly modules: 'cjs' | 'esm';
  readonly manager: 'npm' | 'pnpm' | 'yarn';
  readonly ioredis: number;
  readonly node: number;
}

export declare const CELLS: readonly Cell[];

/** The columns of the table. */
export declare const STEPS: readonly string[];

/** The cells that filters such as `nest12-node26` choose. Throws on a filter that chooses nothing. */
export function choose(filters: readonly string[], cells?: readonly Cell[]): readonly Cell[];

export type Options =
  | { readonly text: string; readonly code: number }
  | { readonly text?: undefined; readonly cells: readonly Cell[]; readonly resume: boolean };

/** Returns the options, or the text to print and the exit code. */
export function readArguments(args: readonly string[]): Options;

export interface StepResult {
  readonly state: 'passes' | 'failed' | 'n/a';
  readonly note?: string;
  /** Of a failed step. */
  readonly output?: string;
}

export interface Result {
  readonly build?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, StepResult>>;
}

export interface Results {
  readonly read: (cell: Cell) => Promise<Result | undefined>;
  readonly write: (cell: Cell, result: Result) => Promise<void>;
  readonly remove: (cell: Cell) => Promise<void>;
}

/** The results of a folder. Results of another `build` count as missing. */
export function resultsIn(folder: string, build: string): Results;

export interface OpenCell {
  readonly versions: Readonly<Record<string, string>>;
  /** Rejects if the step fails. May resolve with a note for the table. */
  readonly run: (step: string) => Promise<string | undefined>;
}

/** Runs cells one after another and keeps each result. Returns the number of cells that failed. */
export function runCells(options: {
  readonly cells: readonly Cell[];
  readonly results: Results;
  readonly resume: boolean;
  /** `missing` says why the cell cannot be tried. */
  readonly open: (cell: Cell) => Promise<OpenCell | { readonly missing: string }>;
  readonly log: (line: string) => void;
}): Promise<number>;

/** The text of docs/matrix.md. */
export function page(rows: readonly { readonly cell: Cell; readonly result: Result }[]): Promise<string>;
