export { describeBackend, type TestFramework } from './contract/describe-backend.js';
export type { BackendHarness, BackendModule, Limits, Skip } from './contract/harness.js';
export { checkHistory, type History, type OutOfOrder, type Published } from './history.js';
export { type TemporaryBus, temporaryBus } from './temporary-bus.js';
export { DidNotStayError, type Limit, stays, until, WaitedInVainError, within } from './until.js';
