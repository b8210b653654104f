import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBusModule } from 'nest-event-bus';
import type { Notice } from 'nest-event-bus/core';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, type RunningProcess, start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const EVENT = JSON.stringify({ type: 'test.numbered.v1', data: { number: { key: 'k', seq: 0 } } });

describe('Services in several folders, without EVENT_BUS_EMBEDDED_PATH', () => {
  let bench: Workbench;
  const running: RunningProcess[] = [];
  beforeEach(() => (bench = workbench('default-path')));
  afterEach(async () => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
    await bench.clear();
  });

  it.each([
    ['share a bus in one repository, and each says which file it has', true],
    ['have a bus each without a repository, and the consumer says that nobody has published', false],
  ])('%s', async (_, isRepository) => {
    if (isRepository) mkdirSync(join(bench.folder, '.git'));
    const fileOf = (service: string) =>
      join(realpathSync(bench.folder), isRepository ? '' : service, '.event-bus/event-bus.db');
    const lineOf = (service: string) => `INFO Event log: path=${fileOf(service)} set_by=default`;
    const producer = eventBus('web', ['produce', '--topic', 't'], EVENT);
    await expect(producer.ended).resolves.toBe(0);
    expect(producer.lines.filter((line) => line.includes('Event log'))).toEqual([lineOf('web')]);
    const consumer = eventBus('mail', ['consume', '--topic', 't', '--group', 'g']);
    if (isRepository) await consumer.says(/"seq":0/);
    else
      await consumer.says(
        /^WARN Nobody has published to this topic yet; if a publisher runs, check that it has the same file and topic: topic=t group=g path=/,
      );
    expect(consumer.lines.filter((line) => line.includes('Event log'))).toEqual([lineOf('mail')]);
    await expect(consumer.stop()).resolves.toBe(0);
    const warnings = consumer.lines.filter((line) => line.includes('Nobody has published'));
    expect(warnings).toHaveLength(isRepository ? 0 : 1);
  });

  it('say that the file is as EVENT_BUS_EMBEDDED_PATH says', async () => {
    const producer = eventBus('web', ['produce', '--topic', 't'], EVENT, { EVENT_BUS_EMBEDDED_PATH: './own.db' });
    await expect(producer.ended).resolves.toBe(0);
    const path = join(realpathSync(bench.folder), 'web/own.db');
    expect(producer.lines).toContain(`INFO Event log: path=${path} set_by=EVENT_BUS_EMBEDDED_PATH`);
  });

  it('say that the file is as the option in code says', async () => {
    const path = join(bench.folder, 'in-code.db');
    const reports: Notice[] = [];
    const observe = (notice: Notice) => reports.push(notice);
    @Module({ imports: [EventBusModule.forRoot({ embeddedPath: path, observe })] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await app.close();
    expect(reports).toContainEqual({
      kind: 'backend-report',
      level: 'info',
      what: 'Event log',
      fields: [
        ['path', path],
        ['set_by', 'embeddedPath'],
      ],
    });
  });

  it('keep the default folder out of Git', async () => {
    const producer = eventBus('web', ['produce', '--topic', 't'], EVENT);
    await expect(producer.ended).resolves.toBe(0);
    expect(readFileSync(join(bench.folder, 'web/.event-bus/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('are told by event-bus settings which file it is', async () => {
    const settings = eventBus('web', ['settings']);
    await expect(settings.ended).resolves.toBe(0);
    expect(settings.lines).toContain(`  current: ${join(realpathSync(bench.folder), 'web/.event-bus/event-bus.db')}`);
  });

  /** Runs the command in the folder of a service. */
  function eventBus(service: string, args: readonly string[], input?: string, more: Record<string, string> = {}) {
    const cwd = join(bench.folder, service);
    mkdirSync(cwd, { recursive: true });
    const env = { ...bench.env, EVENT_BUS_EMBEDDED_PATH: '', ...more };
    const bin = join(ROOT, 'libs/event-bus/bin/event-bus.js');
    const command = start(process.execPath, [bin, ...args], { cwd, env, ...(input === undefined ? {} : { input }) });
    running.push(command);
    return command;
  }
});
