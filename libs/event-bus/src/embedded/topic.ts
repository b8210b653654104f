import type { Database } from './database.js';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly nextPosition: number;
  readonly lastTimestamp: number;
}

/** The position of the oldest record that is still there, or where the next one will lie. */
export function firstPosition(database: Database, { id, nextPosition }: Topic): number {
  return database.number(`SELECT min(position) FROM record_${id}`) ?? nextPosition;
}
