import type { AttributeNames } from '../../core/event/attributes.js';

/** The field names of the attributes in a stream entry, in the order in which Open edX writes them. */
export const ATTRIBUTE_NAMES: AttributeNames = {
  type: 'type',
  id: 'id',
  source: 'source',
  time: 'time',
  minorversion: 'minorversion',
  sourcehost: 'sourcehost',
  sourcelib: 'sourcelib',
};
