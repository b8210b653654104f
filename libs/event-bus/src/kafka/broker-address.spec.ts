import { expect, it } from 'vitest';
import { BROKER_ADDRESS } from './broker-address.js';

it.each([
  'kafka:9092',
  'b-1.msk.amazonaws.com:9094',
  '10.0.0.1:1',
  'my_broker:65535',
  '[::1]:9092',
  '[fe80::1:2]:9092',
  '[::ffff:10.0.0.1]:9092',
])('%s is where a broker may be', (address) => expect(address).toMatch(BROKER_ADDRESS));

it.each([
  'kafka',
  'kafka:',
  ':9092',
  'kafka:0',
  'kafka:65536',
  'kafka:90920',
  '::1:9092',
  '[kafka]:9092',
  '[]:9092',
  '[::1]',
  'SASL_SSL://kafka:9092',
  'kafka://kafka:9092',
  'user@kafka:9092',
  'kafka:9092/path',
  'one:9092,two:9092',
  'one two:9092',
])('%s is not', (address) => expect(address).not.toMatch(BROKER_ADDRESS));
