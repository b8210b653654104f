import { describe, expect, it } from 'vitest';
import { RecordRefusedError } from '../../core/errors.js';
import { ProtocolError } from '../protocol/error-codes.js';
import { refusal } from './refusal.js';
import { verdictOn } from './verdict.js';

describe('what a broker answers to a batch', () => {
  it.each([
    'MESSAGE_TOO_LARGE',
    'RECORD_LIST_TOO_LARGE',
    'INVALID_RECORD',
    'INVALID_TIMESTAMP',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'INVALID_TOPIC_EXCEPTION',
    'INVALID_REQUIRED_ACKS',
    'POLICY_VIOLATION',
    'TOPIC_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
  ])('is not asked for again, and fails its records for good: %s', (type) => {
    expect(verdictOn(type)).toBe('refused');
    expect(refusal(new ProtocolError(type), 't')).toBeInstanceOf(RecordRefusedError);
  });

  it.each([
    'NOT_LEADER_OR_FOLLOWER',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'REQUEST_TIMED_OUT',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'KAFKA_STORAGE_ERROR',
    'SOMETHING_NEW',
  ])('may be over soon, so that the same batch goes again: %s', (type) => {
    expect(verdictOn(type)).toBe('again');
    expect(refusal(new ProtocolError(type), 't')).not.toBeInstanceOf(RecordRefusedError);
  });
});
