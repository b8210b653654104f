export { embedded } from './embedded.js';
export { type EmbeddedOptions, type EmbeddedReport } from './options.js';
