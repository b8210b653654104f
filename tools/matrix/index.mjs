export { readArguments } from './arguments.mjs';
export { CELLS, choose, STEPS } from './cells.mjs';
export { resultsIn } from './results.mjs';
export { runCells } from './run.mjs';
export { page } from './table.mjs';
