import type { Database } from '../log/database.js';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly nextPosition: number;
  readonly lastTimestamp: number;
}

/** The position of the oldest record in the topic, or of the next one if the topic is empty. */
export function firstPosition(database: Database, { id, nextPosition }: Topic): number {
  return database.number(`SELECT min(position) FROM record_${id}`) ?? nextPosition;
}
