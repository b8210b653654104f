import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningCommand, runCommand } from './command.js';
import { ROOT, type RunningProcess, start } from './process.js';

/** The tools of one test: a folder, unique names, and the processes that it starts. */
export interface Workbench {
  readonly folder: string;
  /** The path of the embedded file. */
  readonly path: string;
  readonly topic: string;
  readonly group: string;
  /** The settings for this test's embedded file, with short retries. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts an app of test/apps as a consumer of this test's topic and group. */
  consumer(
    app: string,
    options?: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  ): RunningProcess;
  /** Starts the publisher of test/apps with these settings. */
  publisher(env: Readonly<Record<string, string>>): RunningProcess;
  /** Runs the command `event-bus` in this process, after all commands that run in it. */
  cli(args: readonly string[], options?: CommandOptions): RunningCommand;
  /** Runs the command `event-bus` in a process of its own, which can get signals and run beside others. */
  cliProcess(args: readonly string[], options?: CommandOptions): RunningProcess;
  /** Kills the remaining processes and removes the folder. */
  clear(): Promise<void>;
}

export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Creates a workbench for a test. `settings` are added to those of its processes. */
export function workbench(name: string, settings: Readonly<Record<string, string>> = {}): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-test-'));
  const tail = `${name.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
  const topic = `t-${tail}`;
  const group = `g-${tail}`;
  const running: RunningProcess[] = [];
  const path = join(folder, 'bus.db');
  const env = {
    EVENT_BUS_EMBEDDED_PATH: path,
    EVENT_BUS_EVENTS: join(ROOT, 'dist/test-apps/events.js'),
    EVENT_BUS_CONSUMER_START: 'earliest',
    EVENT_BUS_RETRY_DELAY: '0.02',
    EVENTS_SERVICE_NAME: 'test',
    ...settings,
  };
  const keep = (process: RunningProcess) => {
    running.push(process);
    return process;
  };
  return {
    folder,
    path,
    topic,
    group,
    env,
    consumer: (app, { args = ['--topic', topic, '--group', group], env: more = {} } = {}) =>
      keep(start(process.execPath, [`dist/test-apps/${app}.js`, ...args], { env: { ...env, ...more } })),
    publisher: (more) =>
      keep(start(process.execPath, ['dist/test-apps/fault-publisher.js'], { env: { ...env, ...more } })),
    cli: (args, { input = '', env: more = {} } = {}) => runCommand(args, { input, env: { ...env, ...more } }),
    cliProcess: (args, { input, env: more = {} } = {}) =>
      keep(
        start(process.execPath, ['libs/event-bus/bin/event-bus.js', ...args], {
          env: { ...env, ...more },
          ...(input === undefined ? {} : { input }),
        }),
      ),
    clear: async () => {
      for (const process of running) process.child.kill('SIGKILL');
      await Promise.allSettled(running.map(({ ended }) => ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
