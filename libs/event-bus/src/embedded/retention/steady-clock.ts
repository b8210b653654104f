import type { Database } from '../log/database.js';

/** Two readings of the same clock may differ by this time, in ms. */
const SLACK_MS = 60_000;
/** The number of clocks to remember. A new one appears each time the clock is set or the machine is started. */
const REMEMBERED = 20;

export interface ClockReading {
  /** The wall clock, in ms since 1970. */
  readonly now: number;
  /** The uptime of the machine, in ms. Nobody can set it. */
  readonly uptimeMs: number;
}

/**
 * How long the wall clock of this process has been steady compared with the uptime, as far as is known, in ms.
 *
 * A clock that has just been set, or that is wrong in this process only, has been steady for 0 ms. Do not remove old
 * records by such a clock.
 */
export function steadyForMs(database: Database, { now, uptimeMs }: ClockReading): number {
  const bootedAt = Math.round(now - uptimeMs);
  return database.write('process', () => {
    const sql = `SELECT id, since_ms, booted_at FROM clock WHERE abs(booted_at - ?) <= ${SLACK_MS} ORDER BY id DESC LIMIT 1`;
    const [row] = database.all(sql, bootedAt);
    const [id = 0, sinceMs = 0, knownAs = 0] = (row ?? []) as number[];
    if (row !== undefined && sinceMs <= uptimeMs) {
      // Clocks are adjusted in small steps. Updating the value recognizes the clock even after years.
      if (Math.abs(knownAs - bootedAt) > SLACK_MS / 10)
        database.run('UPDATE clock SET booted_at = ? WHERE id = ?', bootedAt, id);
      return uptimeMs - sinceMs;
    }
    database.run('INSERT INTO clock (booted_at, since_ms) VALUES (?, ?)', bootedAt, Math.floor(uptimeMs));
    database.run(`DELETE FROM clock WHERE id NOT IN (SELECT id FROM clock ORDER BY id DESC LIMIT ${REMEMBERED})`);
    return 0;
  });
}
