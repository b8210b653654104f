import type { ServerFacts } from '../index.js';
import { clockFinding, type Finding } from '../../settings/finding.js';
import type { RedisSettings } from './settings.js';

/** What the facts of a server mean for events. */
export function redisFindings(facts: ServerFacts, settings: RedisSettings): readonly Finding[] {
  const { where, info, skewMs } = facts;
  const subject = `Redis ${where}`;
  const findings = info === undefined ? [unknown(subject)] : serverFindings(subject, info, facts, settings);
  return [
    ...findings,
    ...(skewMs === undefined ? [] : [clockFinding(subject, skewMs)]),
    ...[...facts.topics].map(([topic, state]) => topicFinding(`topic ${topic}`, state)),
  ];
}

function unknown(subject: string): Finding {
  return {
    level: 'note',
    subject,
    what: 'this user may not call INFO',
    meaning: 'Version, persistence and eviction are unknown.',
    advice: 'Grant +info and +config|get, or ask the operator of the server.',
  };
}

function serverFindings(
  subject: string,
  info: ReadonlyMap<string, string>,
  { appendfsync }: ServerFacts,
  settings: RedisSettings,
): readonly Finding[] {
  const version = info.get('redis_version') ?? 'unknown';
  const isSupported = Number(version.split('.')[0]) >= 7;
  const versionFinding: Finding = isSupported
    ? { level: 'ok', subject, what: `it is Redis ${version}` }
    : {
        level: 'problem',
        subject,
        what: `it is Redis ${version}`,
        meaning: 'The bus needs commands of Redis 7.0.',
        advice: 'Use Redis 7.0 or newer.',
      };
  return [
    versionFinding,
    persistence(subject, info, appendfsync),
    eviction(subject, info),
    replicas(subject, Number(info.get('connected_slaves') ?? 0), settings.redisConfirmReplicas),
  ];
}

function persistence(subject: string, info: ReadonlyMap<string, string>, fsync: string | undefined): Finding {
  if (info.get('aof_enabled') !== '1')
    return {
      level: 'warning',
      subject,
      what: 'appendonly is no',
      meaning: 'A crash of the server loses everything since its last snapshot: events, and the positions of groups.',
      advice: 'Set appendonly yes.',
    };
  const what = `appendonly is yes, appendfsync is ${fsync ?? 'unknown (this user may not call CONFIG GET)'}`;
  switch (fsync) {
    case 'always':
      return { level: 'ok', subject, what, meaning: 'A crash of the server loses nothing.' };
    case 'no':
      return {
        level: 'warning',
        subject,
        what,
        meaning: 'A crash of the machine loses what the operating system has not written yet.',
        advice: 'Set appendfsync everysec, or always.',
      };
    default:
      return {
        level: 'note',
        subject,
        what,
        meaning: 'A crash of the machine loses up to the last second or two.',
        advice: 'If that is too much, set appendfsync always, or EVENT_BUS_REDIS_CONFIRM_ON_DISK.',
      };
  }
}

function eviction(subject: string, info: ReadonlyMap<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  const limit = Number(info.get('maxmemory') ?? 0);
  if (limit === 0)
    return {
      level: 'note',
      subject,
      what: 'maxmemory is not set',
      meaning: 'Streams may grow until the operating system ends the server.',
      advice: 'Set maxmemory with maxmemory-policy noeviction, and EVENT_BUS_REDIS_RETENTION.',
    };
  if (policy === 'noeviction')
    return { level: 'ok', subject, what: 'maxmemory-policy is noeviction: a full server refuses events' };
  const isVolatile = policy.startsWith('volatile-');
  return {
    level: isVolatile ? 'note' : 'problem',
    subject,
    what: `maxmemory-policy is ${policy}`,
    meaning: isVolatile
      ? 'The server removes keys that expire. Streams do not, unless somebody sets it.'
      : 'A full server removes whole topics with all their events and groups.',
    advice: 'Set maxmemory-policy noeviction.',
  };
}

function replicas(subject: string, connected: number, confirmed: number): Finding {
  if (confirmed > connected)
    return {
      level: 'problem',
      subject,
      what: `EVENT_BUS_REDIS_CONFIRM_REPLICAS is ${confirmed}, and ${connected} replicas are connected`,
      meaning: 'No publish can be confirmed.',
      advice: 'Start the replicas, or lower the setting.',
    };
  if (connected > 0 && confirmed === 0)
    return {
      level: 'note',
      subject,
      what: `${connected} replicas are connected, and publishing waits for none`,
      meaning: 'A failover loses events that the replica does not have yet.',
      advice: 'Set EVENT_BUS_REDIS_CONFIRM_REPLICAS=1.',
    };
  return { level: connected > 0 ? 'ok' : 'note', subject, what: `${connected} replicas are connected` };
}

function topicFinding(subject: string, state: 'exists' | 'missing' | Error): Finding {
  if (state === 'exists') return { level: 'ok', subject, what: 'it exists' };
  if (state === 'missing')
    return { level: 'note', subject, what: 'it does not exist', meaning: 'The first use creates it.' };
  return {
    level: 'problem',
    subject,
    what: 'this user may not use it',
    meaning: state.message,
    advice: 'Grant the rights that docs/security.md lists.',
  };
}
