import 'reflect-metadata';
import { expect, it } from 'vitest';
import { defaultSettings } from '../nest/settings/event-bus-settings.js';
import { settingsText } from './settings.js';

it('event-bus settings masks the text of a file that is given in place of its path', () => {
  const settings = defaultSettings();
  settings.kafkaTlsCaFile = '/etc/ssl/ca.pem';
  settings.kafkaTlsKeyFile = '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----';
  const text = settingsText(settings);
  expect(text).not.toContain('s3cret');
  expect(text).toMatch(/^EVENT_BUS_KAFKA_TLS_KEY_FILE\n(?: .*\n)*? {2}current: \*{8}$/m);
  expect(text).toMatch(/^EVENT_BUS_KAFKA_TLS_CA_FILE\n(?: .*\n)*? {2}current: \/etc\/ssl\/ca\.pem$/m);
});
