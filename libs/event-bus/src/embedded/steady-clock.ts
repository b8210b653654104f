import type { Database } from './database.js';

/** By so much two looks at the same clock may differ, in ms. */
const SLACK_MS = 60_000;
/** So many clocks are remembered: there is one, and another after each time that it is set or the machine is started. */
const REMEMBERED = 20;

export interface ClockReading {
  /** In ms since 1970. */
  readonly now: number;
  /** For how long the machine has been running, in ms, which nobody can set. */
  readonly uptimeMs: number;
}

/**
 * For how long the wall clock of this process has been going along with the machine, as far as anybody has seen, in ms.
 *
 * A clock that has just been set, or is wrong in one process alone, is new. Who removes what is old must not trust it yet.
 */
export function steadyForMs(database: Database, { now, uptimeMs }: ClockReading): number {
  const bootedAt = Math.round(now - uptimeMs);
  return database.write('process', () => {
    const sql = `SELECT id, since_ms, booted_at FROM clock WHERE abs(booted_at - ?) <= ${SLACK_MS} ORDER BY id DESC LIMIT 1`;
    const [row] = database.all(sql, bootedAt);
    const [id = 0, sinceMs = 0, knownAs = 0] = (row ?? []) as number[];
    if (row !== undefined && sinceMs <= uptimeMs) {
      // It is adjusted little by little, and must be known again after years.
      if (Math.abs(knownAs - bootedAt) > SLACK_MS / 10)
        database.run('UPDATE clock SET booted_at = ? WHERE id = ?', bootedAt, id);
      return uptimeMs - sinceMs;
    }
    database.run('INSERT INTO clock (booted_at, since_ms) VALUES (?, ?)', bootedAt, Math.floor(uptimeMs));
    database.run(`DELETE FROM clock WHERE id NOT IN (SELECT id FROM clock ORDER BY id DESC LIMIT ${REMEMBERED})`);
    return 0;
  });
}
