import { bareCodec } from '../../avro/index.js';
import type { Observer } from '../../core/notice.js';
import type { BackendUnit } from '../../settings/backend-unit.js';
import type { BusSettings } from '../../settings/bus-settings.js';
import type { EmbeddedOptions } from '../index.js';
import { EmbeddedSettings } from './settings.js';

/** The embedded backend as a unit of the settings. */
export const embeddedUnit: BackendUnit<EmbeddedSettings> = {
  name: 'embedded',
  Settings: EmbeddedSettings,
  required: [],
  problems: () => [],
  async open(settings, observe) {
    const { embedded } = await import('../index.js');
    return embedded(optionsOf(settings, observe));
  },
  codec: (definitions) => Promise.resolve(bareCodec({ definitions })),
};

function optionsOf(settings: BusSettings & EmbeddedSettings, observe: Observer): EmbeddedOptions {
  const { embeddedRetention, embeddedRetentionBytes: retentionBytes, deadLetterRetention } = settings;
  return {
    path: settings.embeddedPath,
    allowNetworkDrive: settings.embeddedAllowNetworkDrive,
    pollMs: settings.embeddedConsumerPollTimeout * 1000,
    groupExpiryMs: settings.embeddedGroupExpiry * 1000,
    ...(embeddedRetention === 0 ? {} : { retentionMs: embeddedRetention * 1000 }),
    ...(deadLetterRetention === 0 ? {} : { deadLetterRetentionMs: deadLetterRetention * 1000 }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
  };
}
