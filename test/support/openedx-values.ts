import * as openedx from 'openedx-events';

/** How a declared type of Open edX is read from text and written to it with the helpers of openedx-events. */
export interface TextValue {
  /** The text in the form of the wire; throws when it is none. */
  readonly of: (text: string) => string;
  /** What remains of a text that was taken apart and put together again. */
  readonly again: (text: string) => string;
}

/** Declared type → its helpers, of all types that are written as text and are not plain text. */
export const TEXT_VALUES: Readonly<Record<string, TextValue>> = {
  CourseKey: {
    of: openedx.courseKey,
    again: (text) => openedx.formatCourseKey(openedx.parseCourseKey(text)),
  },
  CCXLocator: {
    of: openedx.ccxKey,
    again: (text) => openedx.formatCourseKey(openedx.parseCourseKey(text)),
  },
  UsageKey: {
    of: openedx.usageKey,
    again: (text) => openedx.formatUsageKey(openedx.parseUsageKey(text)),
  },
  LibraryLocatorV2: {
    of: openedx.libraryKey,
    again: (text) => openedx.formatLibraryKey(openedx.parseLibraryKey(text)),
  },
  LibraryUsageLocatorV2: {
    of: openedx.libraryUsageKey,
    again: (text) => openedx.formatLibraryUsageKey(openedx.parseLibraryUsageKey(text)),
  },
  LibraryCollectionLocator: {
    of: openedx.libraryCollectionKey,
    again: (text) => openedx.formatLibraryCollectionKey(openedx.parseLibraryCollectionKey(text)),
  },
  LibraryContainerLocator: {
    of: openedx.libraryContainerKey,
    again: (text) => openedx.formatLibraryContainerKey(openedx.parseLibraryContainerKey(text)),
  },
  datetime: {
    of: openedx.dateTime,
    again: (text) => openedx.formatDateTime(openedx.parseDateTime(text)),
  },
  UUID: { of: openedx.uuid, again: openedx.uuid },
};
