/** The hand-written part of libs/openedx-events: file in src/values → its public names. */
export const VALUES = new Map([
  [
    'course-key',
    {
      types: ['CcxKeyString', 'CourseKeyParts', 'CourseKeyString'],
      functions: ['ccxKey', 'courseKey', 'formatCourseKey', 'parseCourseKey'],
    },
  ],
  [
    'usage-key',
    { types: ['UsageKeyParts', 'UsageKeyString'], functions: ['formatUsageKey', 'parseUsageKey', 'usageKey'] },
  ],
  [
    'library-keys',
    {
      types: [
        'LibraryCollectionKeyParts',
        'LibraryCollectionKeyString',
        'LibraryContainerKeyParts',
        'LibraryContainerKeyString',
        'LibraryKeyParts',
        'LibraryKeyString',
        'LibraryUsageKeyParts',
        'LibraryUsageKeyString',
      ],
      functions: [
        'formatLibraryCollectionKey',
        'formatLibraryContainerKey',
        'formatLibraryKey',
        'formatLibraryUsageKey',
        'libraryCollectionKey',
        'libraryContainerKey',
        'libraryKey',
        'libraryUsageKey',
        'parseLibraryCollectionKey',
        'parseLibraryContainerKey',
        'parseLibraryKey',
        'parseLibraryUsageKey',
      ],
    },
  ],
  [
    'date-time',
    {
      types: ['DateTimeParts', 'DateTimeString'],
      functions: ['dateTime', 'formatDateTime', 'parseDateTime', 'toDate'],
    },
  ],
  ['uuid', { types: ['UuidString'], functions: ['uuid'] }],
]);
