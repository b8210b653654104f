import type { ClusterFacts, Configs, TopicFacts } from '../index.js';
import type { Finding, UsedTopic } from '../../settings/finding.js';
import { durabilityFindings } from './durability.js';

/** What the facts of a cluster mean for events. */
export function kafkaFindings(facts: ClusterFacts, used: readonly UsedTopic[]): readonly Finding[] {
  const subject = `Kafka (${facts.brokers} ${facts.brokers === 1 ? 'broker' : 'brokers'})`;
  return [
    ...clusterFindings(subject, facts.settings),
    ...facts.topics.flatMap((topic) =>
      topicFindings(
        topic,
        facts,
        used.find((each) => each.topic === topic.topic),
      ),
    ),
  ];
}

const DAY_MINUTES = 24 * 60;

function clusterFindings(subject: string, settings: Configs): readonly Finding[] {
  if (settings === undefined)
    return [
      {
        level: 'note',
        subject,
        what: 'this user may not read the settings of brokers',
        meaning: 'Automatic creation of topics and the retention of offsets are unknown.',
        advice: 'Grant DescribeConfigs on the cluster.',
      },
    ];
  const minutes = Number(settings.get('offsets.retention.minutes'));
  const days = `${Math.floor(minutes / DAY_MINUTES)} days`;
  return [
    settings.get('auto.create.topics.enable') === 'true'
      ? {
          level: 'note',
          subject,
          what: 'auto.create.topics.enable is true',
          meaning: 'Other clients create a topic with the defaults of the broker when its name is misspelled.',
          advice: 'Set it to false, and create topics with event-bus topics --apply.',
        }
      : { level: 'ok', subject, what: 'auto.create.topics.enable is false' },
    minutes < 7 * DAY_MINUTES
      ? {
          level: 'warning',
          subject,
          what: `offsets.retention.minutes is ${minutes}`,
          meaning: 'A group without members for longer than this forgets its position, and starts anew.',
          advice: 'Set it to 10080 (7 days) or more.',
        }
      : {
          level: 'ok',
          subject,
          what: `offsets.retention.minutes is ${minutes}: groups without members keep their position for ${days}`,
        },
  ];
}

function topicFindings(topic: TopicFacts, { brokers }: ClusterFacts, used: UsedTopic | undefined): readonly Finding[] {
  const subject = `topic ${topic.topic}`;
  if (topic.error === 'UNKNOWN_TOPIC_OR_PARTITION')
    return [
      {
        level: 'note',
        subject,
        what: 'it does not exist',
        meaning: 'The first use creates it with the defaults of the broker, if the user may do that.',
        advice: 'Compare it with event-bus topics --plan.',
      },
    ];
  if (topic.error !== undefined)
    return [
      {
        level: 'problem',
        subject,
        what: `this user may not see it (${topic.error})`,
        advice: 'Grant Read on the topic to consume, Write to publish.',
      },
    ];
  return [...rightFindings(subject, topic, used), ...durabilityFindings(subject, topic, brokers)];
}

function rightFindings(subject: string, { mayRead, mayWrite }: TopicFacts, used: UsedTopic | undefined): Finding[] {
  const findings: Finding[] = [];
  if (used?.isConsumed === true && !mayRead)
    findings.push({
      level: 'problem',
      subject,
      what: 'this user may not read it',
      advice: 'Grant Read on the topic, and Read on the group.',
    });
  if ((used?.published.length ?? 0) > 0 && !mayWrite)
    findings.push({
      level: 'problem',
      subject,
      what: 'this user may not write to it',
      advice: 'Grant Write on the topic.',
    });
  const rights = [mayRead ? 'read' : '', mayWrite ? 'write' : ''].filter((each) => each !== '').join(' and ');
  if (findings.length === 0) findings.push({ level: 'ok', subject, what: `this user may ${rights || 'describe'} it` });
  return findings;
}
