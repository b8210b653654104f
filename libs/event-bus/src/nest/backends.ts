import type { Backend } from '../core/backend.js';
import type { BackendName } from './backend-name.js';
import type { EventBusSettings } from './settings.js';

/** What the settings of every backend have in common, by whatever names. */
export interface BackendSettings {
  readonly consumersEnabled: boolean;
  readonly pollFailureSleepMs: number;
  readonly consecutiveErrorsLimit: number | undefined;
  readonly auditLoggingEnabled: boolean;
}

interface BackendKind {
  /** Loads the client only now: who does not use it need not have it. */
  open(settings: EventBusSettings): Promise<Backend>;
  settings(settings: EventBusSettings): BackendSettings;
}

/** The backends that settings can name. */
export const BACKENDS: Readonly<Record<BackendName, BackendKind>> = {
  embedded: {
    async open(settings) {
      const { embedded } = await import('../embedded/index.js');
      return embedded({ path: settings.embeddedPath, pollMs: settings.embeddedConsumerPollTimeout * 1000 });
    },
    settings: (settings) => ({
      consumersEnabled: settings.embeddedConsumersEnabled,
      pollFailureSleepMs: settings.embeddedConsumerPollFailureSleep * 1000,
      consecutiveErrorsLimit: settings.embeddedConsumerConsecutiveErrorsLimit,
      auditLoggingEnabled: settings.embeddedAuditLoggingEnabled,
    }),
  },
};
