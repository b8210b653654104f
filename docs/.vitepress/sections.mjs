import { readdirSync, readFileSync } from 'node:fs';

/** The side bar. */
export const SECTIONS = [
  {
    text: 'Start',
    items: [{ text: 'Overview', link: '/' }],
  },
  {
    text: 'How to',
    items: [
      { text: 'Use the bus in a Nest application', link: '/nest' },
      { text: 'Handle failed events', link: '/errors' },
      { text: 'Watch the lag', link: '/lag' },
      { text: 'Handle events again', link: '/replay' },
      { text: 'Secure connections', link: '/security' },
      { text: 'Tune', link: '/tuning' },
      { text: 'Write a backend', link: '/backends' },
    ],
  },
  {
    text: 'Backends',
    items: [
      { text: 'Embedded', link: '/embedded' },
      { text: 'Redis Streams', link: '/redis' },
      { text: 'Kafka', link: '/kafka' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Settings', link: '/settings' },
      { text: 'Limits', link: '/limits' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
  },
  {
    text: 'Explanation',
    items: [
      { text: 'Guarantees, with test results', link: '/guarantees' },
      { text: 'Differences to Open edX', link: '/openedx-differences' },
      { text: 'Performance', link: '/benchmarks/' },
      { text: 'Contributing', link: '/CONTRIBUTING' },
    ],
  },
];

/** One entry for each decision, with the title of its page. */
export function decisions() {
  const folder = new URL('../decisions/', import.meta.url);
  const pages = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
  return [
    { text: 'About decisions', link: '/decisions/' },
    ...pages.sort().map((name) => ({
      text: /^# (.*)$/m.exec(readFileSync(new URL(name, folder), 'utf8'))?.[1] ?? name,
      link: `/decisions/${name.replace(/\.md$/, '')}`,
    })),
  ];
}
