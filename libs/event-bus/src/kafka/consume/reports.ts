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
    commits: ailment(
      'Commits fail and are retried; if this process dies now, events are handled again',
      'Commits work again',
    ),
    lookUps: ailment(
      'Could not look up the positions of assigned partitions, will try again; the consumer does not read these partitions until then',
      'Looked up the positions of assigned partitions; the consumer reads them again',
    ),
    offsetsKept: (forMs) =>
      observe({
        level: 'info',
        what: 'If a group has no members for this long, the brokers delete its positions (offsets.retention.minutes)',
        fields: [...of, ['hours', Math.round(forMs / 360_000) / 10]],
      }),
    cannotDecompress: (missing) =>
      observe({
        level: 'warn',
        what: 'This process cannot read records in one of the compressions; a partition with such records waits until the missing package is installed',
        fields: [...of, ['missing', missing]],
      }),
    lost: (reason) =>
      observe({
        level: 'warn',
        what: 'The member lost its partitions and joins the group again; its unsettled events will be handled again by other members',
        fields: [...of, ['reason', reason]],
      }),
    outOfRange: (partition, { asked, low, high }) =>
      observe({
        level: 'error',
        what:
          asked < low
            ? 'Retention deleted events that this group had not handled; the group continues with the oldest event that is left'
            : 'The partition lost records: the position of the group is beyond its end; the group continues with the oldest event that is left',
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
        what: 'The topic was deleted and created again; unhandled events of the old topic are lost, and the group continues at the start of the new topic',
        fields: [
          ...of,
          ['positions', places.map(({ partition, offset }) => positionText(partition, offset)).join(', ')],
        ],
      }),
    unreadable: (partition, offset, error) =>
      observe({
        level: 'error',
        what: 'Could not read a partition, will try again; other partitions continue',
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
