/** The JSON schema of the ten headers of an event's record: CloudEvents in binary mode, as in Open edX on Kafka. */
export const CLOUD_EVENTS_HEADERS = {
  type: 'object',
  description: 'Publishers write all ten. A record without type or id goes to the dead letters.',
  required: ['ce_type', 'ce_id'],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    'content-type': { type: 'string', const: 'application/avro' },
    ce_datacontenttype: { type: 'string', const: 'application/avro' },
    ce_type: { type: 'string', description: 'The event type.' },
    ce_id: { type: 'string', format: 'uuid', description: 'The same on every topic that the event is published to.' },
    ce_source: { type: 'string', description: 'Who published it.', examples: ['openedx/lms/web'] },
    ce_time: {
      type: 'string',
      format: 'date-time',
      description: 'When it happened, in UTC.',
      examples: ['2024-02-29T12:34:56.789012+00:00'],
    },
    ce_minorversion: { type: 'string', pattern: '^[0-9]+$', description: 'The minor version of the event type.' },
    sourcehost: { type: 'string', description: 'The host that published it.' },
    sourcelib: {
      type: 'string',
      pattern: '^[0-9]+([.][0-9]+)*$',
      description: 'The version of the library that published it.',
      examples: ['10.5.0'],
    },
  },
} as const;
