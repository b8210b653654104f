import { readdirSync, readFileSync } from 'node:fs';

/** The side bar. */
export const SECTIONS = [
  {
    text: 'Start',
    items: [
      { text: 'Overview', link: '/' },
      { text: 'Tutorial', link: '/tutorial' },
    ],
  },
  {
    text: 'Publish and handle',
    items: [
      { text: 'Define your own events', link: '/how-to/own-events' },
      { text: 'Choose topics', link: '/how-to/routes' },
      { text: 'Publish safely', link: '/how-to/publish-safely' },
      { text: 'Change a schema', link: '/how-to/change-a-schema' },
      { text: 'Test publishers and handlers', link: '/how-to/test' },
    ],
  },
  {
    text: 'Use Nest',
    items: [
      { text: 'The bus in an application', link: '/nest' },
      { text: 'HTTP and events in one process', link: '/how-to/hybrid' },
      { text: 'ConfigModule', link: '/how-to/config-module' },
      { text: 'Request-scoped providers', link: '/how-to/request-scope' },
      { text: 'Guards, pipes, interceptors', link: '/how-to/enhancers' },
    ],
  },
  {
    text: 'Operate',
    items: [
      { text: 'Deploy', link: '/how-to/deploy' },
      { text: 'Runbook', link: '/runbook' },
      { text: 'Retries and dead letters', link: '/errors' },
      { text: 'Watch the lag', link: '/lag' },
      { text: 'Metrics', link: '/metrics' },
      { text: 'Probes', link: '/probes' },
      { text: 'Traces', link: '/traces' },
      { text: 'Check a bus', link: '/doctor' },
      { text: 'Handle events again', link: '/replay' },
      { text: 'Secure connections', link: '/security' },
      { text: 'Tune', link: '/tuning' },
    ],
  },
  {
    text: 'Move here',
    items: [
      { text: 'From Nest’s Kafka transport', link: '/how-to/from-nest-kafka' },
      { text: 'From Open edX’s Python', link: '/how-to/open-edx' },
      { text: 'From RabbitMQ or BullMQ', link: '/how-to/from-queues' },
    ],
  },
  {
    text: 'Backends',
    items: [
      { text: 'Embedded', link: '/embedded' },
      { text: 'Redis Streams', link: '/redis' },
      { text: 'Kafka', link: '/kafka' },
      { text: 'Write a backend', link: '/backends' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Settings', link: '/settings' },
      { text: 'Command line', link: '/reference/cli' },
      { text: 'Exit codes', link: '/reference/exit-codes' },
      { text: 'Exports', link: '/reference/exports' },
      { text: 'Headers and attributes', link: '/reference/headers' },
      { text: 'Log lines', link: '/reference/log-lines' },
      { text: 'Limits', link: '/limits' },
      { text: 'Tested versions', link: '/matrix' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
  },
  {
    text: 'Explanation',
    items: [
      { text: 'Delivery and order', link: '/explanation/delivery' },
      { text: 'Guarantees, with test results', link: '/guarantees' },
      { text: 'Differences from Open edX', link: '/openedx-differences' },
      { text: 'Decisions', link: '/decisions/' },
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
    { text: 'All docs', link: '/' },
    { text: 'About decisions', link: '/decisions/' },
    ...pages.sort().map((name) => ({
      text: /^# (.*)$/m.exec(readFileSync(new URL(name, folder), 'utf8'))?.[1] ?? name,
      link: `/decisions/${name.replace(/\.md$/, '')}`,
    })),
  ];
}
