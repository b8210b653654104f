import type { GroupMove, Start } from '../backend.js';
import type { Delivery } from '../consume/delivery.js';
import type { Notice } from './notice.js';

/** What a log tells operators of a notice. It never has event data. */
export interface NoticeLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** The details, in a fixed order. A value that is not known is `undefined`. */
  readonly fields: Fields;
  /** The stack of the handler's error, if the handler failed for good. */
  readonly stack?: string | undefined;
}

/** The same as one line: what happened, and `key=value` pairs. */
export interface NoticeText extends NoticeLine {
  readonly text: string;
}

type Fields = readonly (readonly [name: string, value: unknown])[];

/** The notices of the audit log, one for each step of each event. They can be switched off. */
export const AUDIT_KINDS: ReadonlySet<Notice['kind']> = new Set<Notice['kind']>([
  'published',
  'publish-disabled',
  'received',
  'redelivered',
  'processed',
]);

/** Made only for other observers: with the audit log on, its lines would depend on who else observes the bus. */
export const UNLOGGED_KINDS: ReadonlySet<Notice['kind']> = new Set<Notice['kind']>([
  'handler-succeeded',
  'consumer-starting',
  'assigned',
]);

/** The line for a notice. */
export function noticeText(notice: Notice): NoticeText {
  const line = noticeLine(notice);
  return { ...line, text: lineText(line.what, line.fields) };
}

/** The parts of the line for a notice. */
export function noticeLine(notice: Notice): NoticeLine {
  switch (notice.kind) {
    case 'published':
      return info('Published', [
        ['topic', notice.topic],
        ['position', notice.position],
        ['type', notice.metadata.type],
        ['id', notice.metadata.id],
        ['key', notice.key],
      ]);
    case 'publish-disabled':
      return info('Not published, the route is disabled', [
        ['topic', notice.topic],
        ['type', notice.metadata.type],
        ['id', notice.metadata.id],
      ]);
    case 'service-unnamed': {
      const { type, source } = notice.metadata;
      const what =
        'Events are published without the name of this service, so consumers cannot tell where they come from; set EVENTS_SERVICE_NAME';
      const fields: Fields = [
        ['source', source],
        ['type', type],
      ];
      return { ...info(what, fields), level: 'warn' };
    }
    case 'publish-failed':
      return failure(
        'Could not publish',
        [
          ['topic', notice.topic],
          ['type', notice.metadata.type],
          ['id', notice.metadata.id],
          ['key', notice.key],
        ],
        notice.error,
      );
    case 'consumer-starting':
      return info('A consumer will join its group', [
        ['topic', notice.topic],
        ['group', notice.group],
      ]);
    case 'assigned':
      return info('The consumer has its share of the topic', [
        ['topic', notice.topic],
        ['group', notice.group],
      ]);
    case 'group-joined':
      return info('Consuming', [
        ['topic', notice.topic],
        ['group', notice.group],
        ['member', notice.member],
        ['backend', notice.backend],
        ['start', startText(notice)],
      ]);
    case 'group-moved': {
      const { topic, group, once, moves } = notice;
      const fields: Fields = [
        ['topic', topic],
        ['group', group],
      ];
      return moves.length === 0
        ? info(`The group was already moved for ${once}; it continues at its current position`, fields)
        : info(`Moved the group for ${once}`, [...fields, ...moves.flatMap(moveFields)]);
    }
    case 'received':
      return info('Received', whereOf(notice.delivery));
    case 'redelivered':
      return info('Received again', whereOf(notice.delivery));
    case 'handler-succeeded':
      return info('Handled', [
        ...whereOf(notice.delivery),
        ['handler', notice.handler.name],
        ['attempt', notice.attempt],
        ['duration_ms', notice.durationMs.toFixed(1)],
      ]);
    case 'processed':
      return info('Processed', [
        ...whereOf(notice.delivery),
        ['outcome', notice.outcome],
        ['duration_ms', tenths(notice.durationMs)],
      ]);
    case 'handler-failed': {
      const { attempt, handler, retryInMs, isReleased } = notice;
      const fields: Fields = [
        ...whereOf(notice.delivery),
        ['handler', handler.name],
        ['attempt', `${attempt}/${handler.policy.attempts}`],
      ];
      if (isReleased) {
        const what =
          'Handler failed while the consumer was stopping; this does not count, and the event will be handled again';
        return { ...failure(what, fields, notice.error), level: 'warn' };
      }
      return retryInMs === undefined
        ? { ...failure('Handler failed for good', fields, notice.error), stack: notice.error.stack }
        : {
            ...failure('Handler failed, will try again', [...fields, ['retry_in_ms', retryInMs]], notice.error),
            level: 'warn',
          };
    }
    case 'handler-stuck':
      return {
        ...info('A handler has run for longer than EVENT_BUS_HEALTH_STUCK_AFTER; /live fails until it ends', [
          ...whereOf(notice.delivery),
          ['handler', notice.handler.name],
          ['attempt', `${notice.attempt}/${notice.handler.policy.attempts}`],
          ['running_s', tenths(notice.runningMs / 1000)],
        ]),
        level: 'error',
      };
    case 'unusable':
      return failure('Record cannot be used', whereOf(notice.delivery), notice.error);
    case 'dead-lettered':
      return failure(
        'Moved to the dead letters',
        [...whereOf(notice.delivery), ['dead_letter_topic', notice.topic], ['dead_letter_position', notice.position]],
        notice.error,
      );
    case 'skipped':
      return failure('Event skipped (policy skip)', whereOf(notice.delivery), notice.error);
    case 'halted':
      return failure(
        'Stopping the consumer (policy halt); the event stays unsettled and will be handled again',
        whereOf(notice.delivery),
        notice.error,
      );
    case 'waiting':
      return failure(
        `Could not ${notice.doing}, will try again`,
        [...whereOf(notice.delivery), ['retry_in_ms', notice.retryInMs]],
        notice.error,
      );
    case 'resumed':
      return info(notice.waitsFor === 'registry' ? 'The registry answers again' : 'Dead letters can be written again', [
        ...whereOf(notice.delivery),
        ['waited_ms', notice.waitedMs.toFixed(1)],
      ]);
    case 'disconnected': {
      const { topic, group, error, retryInMs } = notice;
      const fields: Fields = [
        ['topic', topic],
        ['group', group],
      ];
      return retryInMs === undefined
        ? failure(
            'Backend failed while the consumer was stopping; unsettled events may be handled again',
            fields,
            error,
          )
        : failure('Backend failed, will try again', [...fields, ['retry_in_ms', retryInMs]], error);
    }
    case 'reconnected':
      return info('Backend answers again', [
        ['topic', notice.topic],
        ['group', notice.group],
      ]);
    case 'stopped': {
      const fields: Fields = [
        ['topic', notice.topic],
        ['group', notice.group],
      ];
      return notice.error === undefined
        ? info('Consumer stopped', fields)
        : failure('Consumer ended with an error', fields, notice.error);
    }
    case 'abandoned':
      return {
        ...info(
          'A handler was still running when the stop timeout ended; its event will be handled again',
          whereOf(notice.delivery),
        ),
        level: 'error',
      };
    case 'released':
      return info('Event returned unsettled; it will be handled again', [
        ...whereOf(notice.delivery),
        ['reason', notice.reason.message],
      ]);
    case 'backend-report':
      return { level: notice.level, what: notice.what, fields: notice.fields };
  }
}

function startText({
  isNew,
  start,
}: {
  readonly isNew: boolean;
  readonly start: Start | undefined;
}): string | undefined {
  if (start === undefined) return undefined;
  const asked = start instanceof Date ? start.toISOString() : start;
  return isNew ? asked : `${asked} ignored, the group has a position`;
}

function moveFields({ partition, from, to, again, skipped }: GroupMove): Fields {
  return [
    ['partition', partition],
    ['from', from],
    ['to', to],
    ['again', again],
    ['skipped', skipped],
  ];
}

function whereOf({ record, group, type, id, key }: Delivery): Fields {
  return [
    ['topic', record.topic],
    ['group', group],
    ['partition', record.partition],
    ['position', record.position],
    ['type', type],
    ['id', id],
    ['key', key],
  ];
}

/** A number, so that a log can compare it. */
function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function info(what: string, fields: Fields): NoticeLine {
  return { level: 'info', what, fields };
}

function failure(what: string, fields: Fields, error: Error): NoticeLine {
  return { level: 'error', what, fields: [...fields, ['error', error.message]] };
}

/** One line: what happened, and `key=value` pairs. */
export function lineText(what: string, fields: Fields): string {
  return [`${what}:`, ...fields.map(([name, value]) => `${name}=${show(value)}`)].join(' ');
}

/** Quotes the value unless it is one plain word. Lines can then be parsed, and no value can forge a field. */
function show(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
  return /^[\w.:/+@-]+$/.test(text) ? text : JSON.stringify(text);
}
