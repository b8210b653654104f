import type { Observer } from '../core/notices/notice.js';
import type { ConsumingFigures } from './consuming.js';
import type { PublishingFigures } from './publishing.js';

/** Passes each notice to the figures that it changes. */
export function countNotices(publishing: PublishingFigures, consuming: ConsumingFigures): Observer {
  return (notice) => {
    switch (notice.kind) {
      case 'published':
        return publishing.published(notice);
      case 'publish-failed':
        return publishing.failed(notice);
      case 'received':
        return consuming.received(notice.delivery);
      case 'redelivered':
        return consuming.redelivered(notice.delivery);
      case 'handler-succeeded':
        return consuming.called(notice);
      case 'handler-failed':
        return consuming.failed(notice);
      case 'processed':
        return consuming.processed(notice);
      case 'dead-lettered':
        return consuming.deadLettered(notice);
      case 'skipped':
        return consuming.skipped(notice.delivery);
      case 'released':
        return consuming.released(notice.delivery);
      case 'waiting':
        return consuming.waits(notice);
      case 'resumed':
        return consuming.resumed(notice.delivery);
      case 'group-joined':
      case 'reconnected':
        return consuming.connection(notice, true);
      case 'disconnected':
        return consuming.connection(notice, notice.retryInMs === undefined ? undefined : false);
      case 'stopped':
        return consuming.connection(notice);
      default:
        return;
    }
  };
}
