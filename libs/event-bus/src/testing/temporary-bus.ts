import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An embedded bus in a folder of its own. */
export interface TemporaryBus {
  /** The file, for `embeddedPath` of another application. */
  readonly path: string;
  /** The settings as environment variables, for processes that a test starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Restores the environment and removes the folder. Close the applications first. */
  remove(): void;
}

/**
 * Makes an embedded bus in a temporary folder, and sets the environment of this process so that applications created
 * from now on use it. Retries come after 10 ms, new groups begin at the oldest event, and there is no audit log.
 * `settings` are further variables, or others.
 */
export function temporaryBus(settings: Readonly<Record<string, string>> = {}): TemporaryBus {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-'));
  const path = join(folder, 'bus.db');
  const env = {
    EVENT_BUS_PRODUCER: 'embedded',
    EVENT_BUS_CONSUMER: 'embedded',
    EVENT_BUS_EMBEDDED_PATH: path,
    EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false',
    EVENT_BUS_CONSUMER_START: 'earliest',
    EVENT_BUS_RETRY_DELAY: '0.01',
    ...settings,
  };
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return {
    path,
    env,
    remove: () => {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
