import type { Finding } from '../../settings/finding.js';
import type { TopicFacts } from '../index.js';

/** What the failure of brokers does to the events of a topic. */
export function durabilityFindings(subject: string, topic: TopicFacts, brokers: number): readonly Finding[] {
  return [leaders(subject, topic), copies(subject, topic, brokers), ...ofSettings(subject, topic)].flat();
}

function leaders(subject: string, { leaderless, partitions, inSync, replicas }: TopicFacts): readonly Finding[] {
  if (leaderless > 0)
    return [
      {
        level: 'problem',
        subject,
        what: `${leaderless} of ${partitions} partitions have no leader`,
        meaning: 'Their events can be neither published nor consumed.',
        advice: 'Start the brokers that hold them.',
      },
    ];
  if (inSync >= replicas) return [];
  return [
    {
      level: 'warning',
      subject,
      what: `a partition has ${inSync} of ${replicas} replicas in sync`,
      advice: 'Look for a broker that is away or slow.',
    },
  ];
}

function copies(subject: string, { replicas, settings }: TopicFacts, brokers: number): readonly Finding[] {
  if (replicas < 2)
    return [
      {
        level: 'warning',
        subject,
        what: 'its replication factor is 1',
        meaning: 'The loss of one broker loses events that were confirmed.',
        advice: `Raise the replication factor to 3${brokers < 3 ? ', which needs three brokers' : ''}.`,
      },
    ];
  const least = Number(settings?.get('min.insync.replicas') ?? NaN);
  if (Number.isNaN(least)) return [{ level: 'ok', subject, what: `its replication factor is ${replicas}` }];
  const what = `its replication factor is ${replicas}, min.insync.replicas is ${least}`;
  if (least >= replicas)
    return [
      {
        level: 'warning',
        subject,
        what,
        meaning: 'Publishing stops while one broker is away.',
        advice: `Set min.insync.replicas to ${Math.max(1, replicas - 1)}, or raise the replication factor.`,
      },
    ];
  if (least < 2)
    return [
      {
        level: 'warning',
        subject,
        what,
        meaning: 'A confirmed event may be on one broker only, and is lost with it.',
        advice: 'Set min.insync.replicas to 2.',
      },
    ];
  return [{ level: 'ok', subject, what }];
}

function ofSettings(subject: string, { settings }: TopicFacts): readonly Finding[] {
  if (settings === undefined)
    return [
      {
        level: 'note',
        subject,
        what: 'this user may not read its settings',
        meaning: 'min.insync.replicas, unclean election, retention and compression are unknown.',
        advice: 'Grant DescribeConfigs on the topic.',
      },
    ];
  const isUnclean = settings.get('unclean.leader.election.enable') === 'true';
  const compression = settings.get('compression.type') ?? 'producer';
  const findings: Finding[] = [retention(subject, settings.get('retention.ms'), settings.get('cleanup.policy'))];
  if (isUnclean)
    findings.push({
      level: 'warning',
      subject,
      what: 'unclean.leader.election.enable is true',
      meaning: 'A replica that lags behind may become the leader. Confirmed events are lost then.',
      advice: 'Set it to false.',
    });
  if (compression !== 'producer')
    findings.push({
      level: 'note',
      subject,
      what: `compression.type is ${compression}`,
      meaning: 'The broker compresses what publishers have sent in another form.',
      advice: 'Set compression.type to producer, and EVENT_BUS_KAFKA_COMPRESSION.',
    });
  return findings;
}

const HOUR_MS = 3_600_000;

function retention(subject: string, text: string | null | undefined, cleanup: string | null | undefined): Finding {
  const ms = Number(text ?? NaN);
  if (cleanup?.includes('compact') === true)
    return {
      level: 'note',
      subject,
      what: `cleanup.policy is ${cleanup}`,
      meaning: 'Older events of a key are removed.',
      advice: 'Use delete, unless only the newest event of a key counts.',
    };
  if (ms === -1) return { level: 'ok', subject, what: 'its events are kept for ever' };
  const hours = Math.floor(ms / HOUR_MS);
  if (ms >= 24 * HOUR_MS) return { level: 'ok', subject, what: `its events are kept for ${hours} hours` };
  return {
    level: 'warning',
    subject,
    what: `its events are kept for ${hours} hours (retention.ms ${ms})`,
    meaning: 'A group that stands still for longer loses events.',
    advice: 'Set retention.ms to some days.',
  };
}
