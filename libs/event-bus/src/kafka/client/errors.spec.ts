import { describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../core/errors.js';
import { isMissingRight, kafkaError, RIGHTS_TO_PUBLISH } from './errors.js';

describe('what a Kafka user may not do', () => {
  const refusal = (type: string) => Object.assign(new Error('not authorized'), { type });

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Read on the topic to consume, Write to publish'],
    ['GROUP_AUTHORIZATION_FAILED', 'grant this user Read on the group'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Create on the cluster'],
  ])('is told with the right that is missing: %s', (type, right) => {
    const error = kafkaError(refusal(type), 'do it');
    expect(error).toBeInstanceOf(AccessRefusedError);
    expect(error.message).toBe(`Kafka: could not do it: not authorized (${type}): ${right}.`);
    expect(isMissingRight(error)).toBe(true);
  });

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'grant this user Write on the topic'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user Write on the topic, or IdempotentWrite on the cluster'],
  ])('is told to a publisher with what it needs: %s', (type, right) => {
    const { message } = kafkaError(refusal(type), 'publish', RIGHTS_TO_PUBLISH);
    expect(message).toBe(`Kafka: could not publish: not authorized (${type}): ${right}.`);
  });
});
