import { AccessRefusedError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import { isNoStream } from '../client/failure.js';
import { infoOf, setting } from './server-report.js';

/** What a server says about itself. */
export interface ServerFacts {
  readonly where: string;
  /** The fields of INFO; `undefined` if this user may not call it. */
  readonly info: ReadonlyMap<string, string> | undefined;
  /** `undefined` if this user may not call CONFIG GET. */
  readonly appendfsync: string | undefined;
  /** The time of the server minus the time here, in ms. `undefined` if this user may not call TIME. */
  readonly skewMs: number | undefined;
  readonly topics: ReadonlyMap<string, 'exists' | 'missing' | AccessRefusedError>;
}

/** Asks the server about itself and about topics. Changes nothing. */
export async function inspectServer(connection: Connection, topics: readonly string[]): Promise<ServerFacts> {
  const found = await Promise.all(topics.map(async (topic) => [topic, await look(connection, topic)] as const));
  return {
    where: connection.where,
    info: await infoOf(connection),
    appendfsync: await setting(connection, 'appendfsync'),
    skewMs: await skewOf(connection),
    topics: new Map(found),
  };
}

async function look(connection: Connection, topic: string): Promise<'exists' | 'missing' | AccessRefusedError> {
  try {
    await connection.send('XINFO', 'STREAM', topic);
    return 'exists';
  } catch (error) {
    if (isNoStream(error)) return 'missing';
    if (error instanceof AccessRefusedError) return error;
    throw error;
  }
}

/** The server has read its clock between the two looks at the clock here. */
async function skewOf(connection: Connection): Promise<number | undefined> {
  try {
    const before = Date.now();
    const [seconds, micros] = (await connection.send('TIME')) as readonly string[];
    const here = (before + Date.now()) / 2;
    return Number(seconds) * 1000 + Number(micros) / 1000 - here;
  } catch (error) {
    if (error instanceof AccessRefusedError) return undefined;
    throw error;
  }
}
