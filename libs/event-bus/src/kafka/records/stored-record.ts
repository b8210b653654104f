import type { KafkaMessage } from 'kafkajs';
import { fromClientHeaders } from './headers.js';
import type { StoredRecord } from '../port.js';

/** A message of kafkajs. */
export function storedRecord({ offset, timestamp, key, value, headers }: KafkaMessage): StoredRecord {
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: fromClientHeaders(headers),
  };
}
