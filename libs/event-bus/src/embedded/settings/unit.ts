import { resolve } from 'node:path';
import { bareCodec } from '../../avro/index.js';
import type { Observer } from '../../core/notices/notice.js';
import type { BackendUnit } from '../../settings/backend-unit.js';
import type { BusSettings } from '../../settings/bus-settings.js';
import type { EmbeddedOptions } from '../index.js';
import { inspectFile } from './inspect.js';
import { defaultPath, makeDefaultFolder } from './default-path.js';
import { EmbeddedSettings } from './settings.js';

/** The embedded backend as a unit of the settings. */
export const embeddedUnit: BackendUnit<EmbeddedSettings> = {
  name: 'embedded',
  Settings: EmbeddedSettings,
  required: [],
  problems: () => [],
  clients: ['libsql'],
  inspect: (_, { embeddedPath }) => inspectFile(embeddedPath ?? defaultPath()),
  async open(settings, observe, inCode = new Set()) {
    const { embedded } = await import('../index.js');
    const path = settings.embeddedPath ?? defaultPath();
    if (settings.embeddedPath === undefined) makeDefaultFolder(path);
    reportPath(path, sourceOf(settings, inCode), observe);
    return embedded(optionsOf(path, settings, observe));
  },
  codec: (definitions) => Promise.resolve(bareCodec({ definitions })),
};

/** Processes that must share a bus may have different files, so each says which one it has. */
function reportPath(path: string, by: string, observe: Observer): void {
  const fields = [
    ['path', resolve(path)],
    ['set_by', by],
  ] as const;
  observe({ kind: 'backend-report', level: 'info', what: 'Event log', fields });
}

function sourceOf({ embeddedPath }: EmbeddedSettings, inCode: ReadonlySet<string>): string {
  if (embeddedPath === undefined) return 'default';
  return inCode.has('embeddedPath') ? 'embeddedPath' : 'EVENT_BUS_EMBEDDED_PATH';
}

function optionsOf(path: string, settings: BusSettings & EmbeddedSettings, observe: Observer): EmbeddedOptions {
  const { embeddedRetention, embeddedRetentionBytes: retentionBytes, deadLetterRetention } = settings;
  return {
    path,
    allowNetworkDrive: settings.embeddedAllowNetworkDrive,
    pollMs: settings.embeddedConsumerPollTimeout * 1000,
    groupExpiryMs: settings.embeddedGroupExpiry * 1000,
    ...(embeddedRetention === 0 ? {} : { retentionMs: embeddedRetention * 1000 }),
    ...(deadLetterRetention === 0 ? {} : { deadLetterRetentionMs: deadLetterRetention * 1000 }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
  };
}
