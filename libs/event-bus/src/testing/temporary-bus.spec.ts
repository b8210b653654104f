import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryBus } from './temporary-bus.js';

describe('temporaryBus', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('sets the environment of this process, and restores it', () => {
    vi.stubEnv('EVENT_BUS_CONSUMER', 'kafka');
    vi.stubEnv('EVENT_BUS_EMBEDDED_PATH', undefined);
    const bus = temporaryBus({ EVENT_BUS_RETRY_ATTEMPTS: '2' });
    expect(process.env).toMatchObject({ ...bus.env, EVENT_BUS_CONSUMER: 'embedded', EVENT_BUS_RETRY_ATTEMPTS: '2' });
    bus.remove();
    expect(process.env['EVENT_BUS_CONSUMER']).toBe('kafka');
    expect(process.env).not.toHaveProperty('EVENT_BUS_EMBEDDED_PATH');
    expect(process.env).not.toHaveProperty('EVENT_BUS_RETRY_ATTEMPTS');
  });

  it('has a folder of its own, and removes it', () => {
    const [one, two] = [temporaryBus(), temporaryBus()];
    expect(one.path).not.toBe(two.path);
    writeFileSync(one.path, '');
    two.remove();
    expect(existsSync(one.path)).toBe(true);
    one.remove();
    expect(existsSync(dirname(one.path))).toBe(false);
  });
});
