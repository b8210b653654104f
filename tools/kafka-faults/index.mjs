export { openCluster } from './cluster.mjs';
export { findPython } from './python.mjs';
export { keepRow, rowsOf } from './rows.mjs';
export { runTrial, TRIALS } from './trials.mjs';
