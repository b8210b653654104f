import type { TopicGroup } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import { isNoGroup, isNoStream } from '../client/failure.js';
import { pairs } from '../client/replies.js';
import { MEMBERS } from '../client/scripts.js';
import { groupKey } from '../keys.js';

const KEYS_AT_ONCE = 1_000;

/** The names of all streams. SCAN may return a key twice. */
export async function allStreams(connection: Connection): Promise<readonly string[]> {
  const { keyPrefix } = connection;
  const pattern = `${keyPrefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
  const names = new Set<string>();
  for (const send of await connection.masters()) {
    let cursor = '0';
    do {
      const reply = await send('SCAN', cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_ONCE, 'TYPE', 'stream');
      const [next, keys] = reply as [string, readonly string[]];
      for (const key of keys) names.add(key.slice(keyPrefix.length));
      cursor = next;
    } while (cursor !== '0');
  }
  return [...names];
}

/** See `Admin.groups`. `livingMs` is how long a member of another implementation counts as living, in ms. */
export async function groupsOf(
  connection: Connection,
  topic: string,
  livingMs: number,
): Promise<readonly TopicGroup[]> {
  const groups = await namesOf(connection, topic);
  const found = groups.map(async (group): Promise<readonly TopicGroup[]> => {
    try {
      const members = await connection.run(MEMBERS, [topic, groupKey(topic, group)], group, livingMs);
      return [{ group, members: members as readonly string[] }];
    } catch (error) {
      // Somebody has just removed the group.
      if (isNoGroup(error)) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}

async function namesOf(connection: Connection, topic: string): Promise<readonly string[]> {
  try {
    const groups = (await connection.send('XINFO', 'GROUPS', topic)) as readonly unknown[];
    return groups.map((group) => String(pairs(group)['name']));
  } catch (error) {
    if (!isNoStream(error)) throw error;
    throw new AdminError(`There is no topic ${topic} at Redis ${connection.where}. Check the name and its prefix.`);
  }
}
