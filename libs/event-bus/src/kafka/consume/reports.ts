import type { Subscription } from '../../core/backend.js';
import { positionText } from '../position.js';
import { Ailment, type KafkaReport, type Observe } from '../reporter.js';

/** How long commits and lookups must fail before they are reported, in ms. */
const AFTER_MS = 2_000;

/** The reports of one member to operators, each with its own level and text. */
export interface ConsumeReporter {
  readonly commits: Ailment;
  readonly lookUps: Ailment;
  /** The time for which brokers keep the offsets of a group without members. */
  offsetsKept(forMs: number): void;
  /** The missing decoder of a compression. */
  cannotDecompress(missing: string): void;
  lost(reason: string): void;
  outOfRange(partition: number, range: { readonly asked: number; readonly low: number; readonly high: number }): void;
  replaced(places: readonly { readonly partition: number; readonly offset: number }[]): void;
  unreadable(partition: number, offset: number, error: Error): void;
  readable(partition: number, offset: number): void;
}

export function consumeReporter(
  observe: Observe,
  { topic, group }: Pick<Subscription, 'topic' | 'group'>,
): ConsumeReporter {
  const of: KafkaReport['fields'] = [
    ['topic', topic],
    ['group', group],
  ];
  const ailment = (what: string, over: string) => new Ailment({ observe, what, over, fields: of, afterMs: AFTER_MS });
  return {
    commits: ailment('Commits fail; if this process dies now, events are handled again', 'Commits work again'),
    lookUps: ailment(
      'The positions of assigned partitions cannot be looked up; these partitions are not consumed until they are',
      'The positions of assigned partitions can be looked up again',
    ),
    offsetsKept: (forMs) =>
      observe({
        level: 'info',
        what: 'The brokers forget the positions of a group that has had no members for so long (offsets.retention.minutes)',
        fields: [...of, ['hours', Math.round(forMs / 360_000) / 10]],
      }),
    cannotDecompress: (missing) =>
      observe({
        level: 'warn',
        what: 'Records in one of the compressions cannot be read here; a partition that has such records will wait before them',
        fields: [...of, ['missing', missing]],
      }),
    lost: (reason) =>
      observe({
        level: 'warn',
        what: 'The member lost its partitions and joins anew; others handle the events that it had in hand once more',
        fields: [...of, ['reason', reason]],
      }),
    outOfRange: (partition, { asked, low, high }) =>
      observe({
        level: 'error',
        what:
          asked < low
            ? 'Events were deleted by retention before this group had handled them; it goes on with the oldest that is left'
            : 'The position of the group lies behind the end of the partition, which has lost records; the group goes on with the oldest that is left',
        fields: [
          ...of,
          ['partition', partition],
          ['lost', asked < low ? low - asked : asked - high],
          ['position', positionText(partition, asked)],
          ['next', positionText(partition, low)],
        ],
      }),
    replaced: (places) =>
      observe({
        level: 'error',
        what: 'The topic was deleted and made anew under the same name; the group begins at its start, and what it had not handled of the old one is gone',
        fields: [
          ...of,
          ['positions', places.map(({ partition, offset }) => positionText(partition, offset)).join(', ')],
        ],
      }),
    unreadable: (partition, offset, error) =>
      observe({
        level: 'error',
        what: 'A partition cannot be read; it waits and is tried again, and the others go on',
        fields: [
          ...of,
          ['partition', partition],
          ['position', positionText(partition, offset)],
          ['error', error.message],
        ],
      }),
    readable: (partition, offset) =>
      observe({
        level: 'info',
        what: 'The partition can be read again',
        fields: [...of, ['partition', partition], ['position', positionText(partition, offset)]],
      }),
  };
}
