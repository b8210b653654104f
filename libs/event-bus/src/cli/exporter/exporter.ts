import { Command, InvalidArgumentError } from 'commander';
import { sleep } from '../../core/backoff.js';
import { loadPackage } from '../../core/load-package.js';
import { fullTopic } from '../../core/topics/topic.js';
import { LagPoller } from '../../metrics/lag-poller.js';
import { prometheus } from '../../metrics/prometheus.js';
import { Instruments } from '../../metrics/series.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { createRuntime } from '../../nest/runtime/runtime.js';
import { logToStderr } from '../log.js';
import { groupArgument, secondsArgument, topicArgument } from '../name-arguments.js';
import { onInterrupt } from '../on-interrupt.js';
import { FollowedGroups } from './followed-groups.js';
import { serveMetrics } from './metrics-server.js';
import { type WantedGroups, WantedGroupsParser } from './wanted-groups.js';

interface ExporterArguments {
  readonly host: string;
  readonly port: number;
  readonly interval?: number;
}

/** The command `event-bus exporter`. */
export function exporterCommand(): Command {
  const parser = new WantedGroupsParser();
  return new Command('exporter')
    .description(
      'Serves the lag of groups for Prometheus, at /metrics, also while they have no member. Runs until it is interrupted. Needs the package prom-client.',
    )
    .option('--topic <topic>', 'a topic, without prefix; may be repeated; default: all topics', (text) =>
      parser.topic(topicArgument(text)),
    )
    .option(
      '--group <group>',
      'a group of the topic before it; may be repeated; default: all groups of the topic',
      (text) => parser.group(groupArgument(text)),
    )
    .option('--host <address>', 'the address to listen on', '0.0.0.0')
    .option('--port <port>', 'the port to listen on; 0 takes a free one', portArgument, 9464)
    .option(
      '--interval <seconds>',
      'how often the lag is read (default: EVENT_BUS_METRICS_LAG_INTERVAL)',
      secondsArgument(0.1, 3_600),
    )
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 interrupted, ${EXIT.usage} wrong usage or settings, or the port is taken, ${EXIT.unavailable} broker not reachable at start.`,
    )
    .action((given: ExporterArguments) => serve(given, parser.wanted));
}

async function serve({ host, port, interval }: ExporterArguments, named: WantedGroups): Promise<void> {
  const { Registry } = await loadPackage('event-bus exporter', 'prom-client', () => import('prom-client'));
  const runtime = await createRuntime({}, logToStderr);
  const { settings, consumerBackend: backend, observe } = runtime;
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  const intervalMs = (interval ?? (settings.metricsLagInterval || DEFAULT_SECONDS)) * 1000;
  const instruments = new Instruments();
  const exporter = prometheus(new Registry());
  const hide = exporter.show(instruments);
  const poller = new LagPoller({ admin: backend, instruments, observe, intervalMs });
  try {
    const wanted = new Map([...named].map(([topic, groups]) => [fullTopic(settings.topicPrefix, topic), groups]));
    const onFailure = ({ message }: Error) =>
      void process.stderr.write(`WARN Could not list the groups, will try again: ${message}\n`);
    const followed = new FollowedGroups({ backend, wanted, poller, instruments, onFailure });
    const server = await serveMetrics(exporter.text, { host, port });
    process.stderr.write(`INFO Serving metrics: url=${server.url}/metrics interval_s=${intervalMs / 1000}\n`);
    while (!stop.signal.aborted) {
      await followed.refresh();
      await sleep(intervalMs, stop.signal).catch(() => undefined);
    }
    await server.close();
  } finally {
    release();
    poller.close();
    hide();
    await runtime.close();
  }
}

const DEFAULT_SECONDS = 10;

function portArgument(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Allowed: a whole number from 0 to 65535.');
  return port;
}
