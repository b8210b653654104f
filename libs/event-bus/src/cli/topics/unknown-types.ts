import type { Notice } from '../../core/notices/notice.js';

/** Tells of events that a command cannot show because it does not know their types. */
export interface UnknownTypes {
  /** Says how to make a type known, once for each type. */
  observe(notice: Notice): void;
  /** Says how many events of which types were not shown, if any. */
  summary(): void;
}

export function unknownTypes(write: (line: string) => void): UnknownTypes {
  const counts = new Map<string, number>();
  return {
    observe(notice) {
      if (notice.kind !== 'processed' || notice.outcome !== 'unhandled') return;
      const type = notice.delivery.type ?? 'without a type';
      if (!counts.has(type))
        write(
          `WARN ${type} is not a known event type: list the module that exports its class or definition in EVENT_BUS_EVENTS, such as EVENT_BUS_EVENTS=./dist/events.js.`,
        );
      counts.set(type, (counts.get(type) ?? 0) + 1);
    },
    summary() {
      if (counts.size === 0) return;
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const types = [...counts].map(([type, count]) => `${type} (${count})`).join(', ');
      write(`WARN ${total} events were settled but not shown, because their types are unknown: ${types}.`);
    },
  };
}
