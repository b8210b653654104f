import { describe, expect, it } from 'vitest';
import type { TopicFacts } from '../index.js';
import { durabilityFindings } from './durability.js';

const SETTINGS = {
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'retention.ms': '604800000',
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
};
const WELL: TopicFacts = {
  topic: 'orders',
  error: undefined,
  partitions: 3,
  leaderless: 0,
  replicas: 3,
  inSync: 3,
  mayRead: true,
  mayWrite: true,
  settings: new Map(Object.entries(SETTINGS)),
};

function found(facts: Partial<TopicFacts>, brokers = 3): readonly string[] {
  return durabilityFindings('topic orders', { ...WELL, ...facts }, brokers)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, what }) => `${level}: ${what}`);
}

const set = (changed: Partial<typeof SETTINGS>) => ({
  settings: new Map(Object.entries({ ...SETTINGS, ...changed })),
});

describe('the durability of a topic', () => {
  it('is fine with three copies, two of which must confirm, for a week', () => {
    expect(found({})).toEqual([]);
    expect(durabilityFindings('topic orders', WELL, 3).map(({ what }) => what)).toEqual([
      'its replication factor is 3, min.insync.replicas is 2',
      'its events are kept for 168 hours',
    ]);
  });

  it.each<readonly [string, Partial<TopicFacts>, string]>([
    ['a partition has no leader', { leaderless: 1 }, 'problem: 1 of 3 partitions have no leader'],
    ['a replica is behind', { inSync: 2 }, 'warning: a partition has 2 of 3 replicas in sync'],
    ['there is one copy', { replicas: 1, inSync: 1 }, 'warning: its replication factor is 1'],
    [
      'all copies must confirm',
      set({ 'min.insync.replicas': '3' }),
      'warning: its replication factor is 3, min.insync.replicas is 3',
    ],
    [
      'one copy may confirm',
      set({ 'min.insync.replicas': '1' }),
      'warning: its replication factor is 3, min.insync.replicas is 1',
    ],
    [
      'a replica that is behind may lead',
      set({ 'unclean.leader.election.enable': 'true' }),
      'warning: unclean.leader.election.enable is true',
    ],
    [
      'events are removed after an hour',
      set({ 'retention.ms': '3600000' }),
      'warning: its events are kept for 1 hours (retention.ms 3600000)',
    ],
    ['it is compacted', set({ 'cleanup.policy': 'compact' }), 'note: cleanup.policy is compact'],
    ['the broker compresses again', set({ 'compression.type': 'gzip' }), 'note: compression.type is gzip'],
    ['its settings are secret', { settings: undefined }, 'note: this user may not read its settings'],
  ])('says when %s', (_, facts, what) => {
    expect(found(facts)).toEqual([what]);
  });

  it('says that three copies need three brokers', () => {
    const one = durabilityFindings('topic orders', { ...WELL, replicas: 1, inSync: 1 }, 1);
    expect(one[0]?.advice).toBe('Raise the replication factor to 3, which needs three brokers.');
  });
});
