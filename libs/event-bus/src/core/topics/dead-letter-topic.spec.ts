import { expect, it } from 'vitest';
import { deadLetterTopic, deadLetterTopics, isDeadLetterTopic } from './dead-letter-topic.js';

it.each([
  ['enrollments', 'mail', 'enrollments-mail-dead-letters'],
  ['dev-learning-enrollments', 'mail_service', 'dev-learning-enrollments-mail_service-dead-letters'],
  ['a', 'b-c', 'a-b-c-7f0e1c4b-dead-letters'],
  ['a-b', 'c', 'a-b-c-dead-letters'],
  ['t', 'svc.x', 't-svc.x-7f0e1c4b-dead-letters'],
  ['t', 'svc_x', 't-svc_x-dead-letters'],
  ['t', 'mail service', 't-mail_service-7f0e1c4b-dead-letters'],
])('from topic %s, group %s sets aside to %s', (topic, group, expected) => {
  expect(deadLetterTopic(topic, group).replace(/-[0-9a-f]{8}-dead/, '-7f0e1c4b-dead')).toBe(expected);
});

it('no two groups share a topic, not even in what Kafka makes of its name', () => {
  const names = ['a', 'a-a', 'a.a', 'a_a', 'a a', 'a-a-a', 'a-a.a', 'a-a_a', 'a.a-a', 'a'.repeat(249), 'a'.repeat(250)];
  // Topics that Kafka takes for the same cannot both be there.
  const topics = names.filter((name) => !name.includes('.'));
  const made = topics.flatMap((topic) => names.map((group) => deadLetterTopic(topic, group)));
  expect(new Set(made.map((name) => name.replaceAll('.', '_'))).size).toBe(topics.length * names.length);
  expect(made.filter((name) => !/^[a-zA-Z0-9._-]{1,249}$/.test(name))).toEqual([]);
});

it('what earlier versions set aside is found by its old name', () => {
  expect(deadLetterTopics('t', 'g')).toEqual(['t-g-dead-letters']);
  expect(deadLetterTopics('a', 'b-c')).toEqual([deadLetterTopic('a', 'b-c'), 'a-b-c-dead-letters']);
  expect(deadLetterTopics('t', 'mail service')).toEqual([
    deadLetterTopic('t', 'mail service'),
    't-mail_service-89cec4da-dead-letters',
  ]);
});

it('a topic of dead letters is told from others, by its old name too', () => {
  for (const name of deadLetterTopics('t', 'a-b.c')) expect(isDeadLetterTopic(name)).toBe(true);
  expect(isDeadLetterTopic('t')).toBe(false);
  expect(isDeadLetterTopic('t-dead-letters-g')).toBe(false);
});
