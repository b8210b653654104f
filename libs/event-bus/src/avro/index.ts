export { bareCodec, type BareCodecOptions, type SynchronousCodec } from './bare-codec.js';
export { type BodyCodec, bodyCodec, readBody } from './body.js';
export { type BodyReader, bodyReader } from './body-reader.js';
export { compileSchema } from './compile.js';
export { type Incompatibility, incompatibilities, type IncompatibilityRule } from './compatibility.js';
export {
  checkCompatibility,
  COMPATIBILITY_MODES,
  type CompatibilityMode,
  type SchemaVersion,
  type VersionIncompatibility,
} from './compatibility-mode.js';
export { type CompiledDefinition, compiledDefinitions, type CompiledDefinitions } from './compiled-definitions.js';
export { findKeyField, type KeyField, usableKeyFields } from './key-field.js';
export { readKey, writeKey } from './key-text.js';
export { withReferences } from './references.js';
export { eventModule, type EventNames, eventNames } from './typescript.js';
