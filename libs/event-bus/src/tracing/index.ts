export type { Relation, TracedBackend, Tracing } from './interface.js';
export { tracing } from './tracing.js';
