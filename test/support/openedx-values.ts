import * as openedx from 'openedx-events';

/** How the helpers of openedx-events read and write an Open edX type as text. */
export interface TextValue {
  /** Returns the text in wire form. Throws if it is invalid. */
  readonly of: (text: string) => string;
  /** Parses the text and formats the parts again. */
  readonly again: (text: string) => string;
}

/** Declared type → its helpers, for all types that are written as text except plain strings. */
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
