import { expect } from 'vitest';
import type { RunningProcess } from './process.js';
import { expectNoSecret } from './secrets.js';
import { type Workbench, workbench } from './workbench.js';

export type Settings = Readonly<Record<string, string>>;

/** A workbench whose processes must not print secrets. This is checked when it is disposed of. */
export interface Secured extends Workbench, AsyncDisposable {
  /** Publishes the line and waits until a consumer has printed the event with that id. */
  roundTrip(line: string, id: string): Promise<void>;
  /** Expects the command, without input, to end with this code and to print this one line. */
  ended(code: number, line: RegExp): Promise<void>;
}

/** Opens one with these settings. */
export function openSecured(name: string, settings: Settings, secrets: () => readonly string[]): Secured {
  const bench = workbench(name, settings);
  const processes: RunningProcess[] = [];
  const kept = (process: RunningProcess) => {
    processes.push(process);
    return process;
  };
  const cli: Workbench['cliProcess'] = (args, options) => kept(bench.cliProcess(args, options));
  const { topic, group } = bench;
  return {
    ...bench,
    cli,
    cliProcess: cli,
    consumer: (app, options) => kept(bench.consumer(app, options)),
    async roundTrip(line, id) {
      const producer = cli(['produce', '--topic', topic], { input: line });
      expect(await producer.ended, producer.lines.join('\n')).toBe(0);
      const wanted = ['--from', 'earliest', '--count', '1', '--timeout', '40'];
      const consumer = cli(['consume', '--topic', topic, '--group', group, ...wanted]);
      expect(await consumer.ended, consumer.lines.join('\n')).toBe(0);
      expect(consumer.output).toEqual([expect.stringContaining(id)]);
    },
    async ended(code, line) {
      const command = cli(['produce', '--topic', topic], { input: '' });
      expect(await command.ended, command.lines.join('\n')).toBe(code);
      // Problems of settings have one line each, after this heading.
      const lines = command.lines.filter((each) => each !== 'event-bus: Wrong settings:');
      expect(lines).toEqual([expect.stringMatching(line)]);
    },
    async [Symbol.asyncDispose]() {
      await bench.clear();
      for (const process of processes) expectNoSecret(process, secrets());
    },
  };
}
