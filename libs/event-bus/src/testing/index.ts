export { describeBackend, type TestFramework } from './contract/describe-backend.js';
export type { BackendHarness, BackendModule, Limits, Skip } from './contract/harness.js';
export { checkHistory, type History, type OutOfOrder, type Published } from './history.js';
export { stays, until, within, WaitedInVainError, type Limit } from './until.js';
