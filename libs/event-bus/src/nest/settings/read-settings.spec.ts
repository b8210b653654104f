import 'reflect-metadata';
import { expect, it } from 'vitest';
import { readSettings } from './read-settings.js';

it.each([
  [{}, 10],
  [{ EVENT_BUS_REDIS_DELIVERY_LIMIT: '3' }, 3],
  [{ EVENT_BUS_DELIVERY_LIMIT: '4' }, 4],
  [{ EVENT_BUS_DELIVERY_LIMIT: '4', EVENT_BUS_REDIS_DELIVERY_LIMIT: '3' }, 4],
  [{ EVENT_BUS_DELIVERY_LIMIT: '', EVENT_BUS_REDIS_DELIVERY_LIMIT: '3' }, 3],
])('%j means a delivery limit of %i', (env, limit) => {
  expect(readSettings({}, env).deliveryLimit).toBe(limit);
});

it('a delivery limit that is none is refused', () => {
  expect(() => readSettings({}, { EVENT_BUS_DELIVERY_LIMIT: '0' })).toThrow(
    'EVENT_BUS_DELIVERY_LIMIT: got "0"; allowed: a whole number from 1 to 1000000',
  );
});

it.each([
  ['redis://host/abc', 'EVENT_BUS_REDIS_CONNECTION_URL: has a path that is not a database number'],
  ['redis://host/0/', 'EVENT_BUS_REDIS_CONNECTION_URL: has a path that is not a database number'],
  ['redis://host?ssl_cert_reqs=none', 'EVENT_BUS_REDIS_CONNECTION_URL: has the parameter ssl_cert_reqs'],
  ['redis://host?socket_timeout=5', 'EVENT_BUS_REDIS_CONNECTION_URL: has the parameter socket_timeout'],
])('the URL of Redis %s is refused at the start', (url, problem) => {
  const env = { EVENT_BUS_PRODUCER: 'redis', EVENT_BUS_CONSUMER: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url };
  expect(() => readSettings({}, env)).toThrow(problem);
});
