import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/numbered.js';
import { start } from '../support/process.js';
import { PROBED, probesOf } from '../support/probes.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('The probes of a consumer', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('probes', PROBED)));
  afterEach(() => bench.clear());

  const consumerName = () => `consumer ${bench.topic} ${bench.group}`;
  const publish = (key: string, seq = 1) => produce(bench, jsonLines([{ id: crypto.randomUUID(), key, seq }]));

  it('are green when it has its share of the topic, and name what they checked', async () => {
    const consumer = bench.consumer('probed-consumer');
    const probes = await probesOf(consumer);
    await expect(probes.untilIt('/ready', 200)).resolves.toEqual({
      status: 200,
      checks: {
        application: { ok: true, detail: 'runs' },
        embedded: { ok: true, detail: 'answers' },
        publisher: { ok: true, detail: 'has published nothing' },
        [consumerName()]: { ok: true, detail: 'has its share of the topic' },
      },
    });
    await expect(probes.ask('/live')).resolves.toEqual({
      status: 200,
      checks: {
        application: { ok: true, detail: 'runs' },
        handlers: { ok: true, detail: '0 handler(s) run' },
        [consumerName()]: { ok: true, detail: 'has its share of the topic' },
      },
    });
    const page = async (path: string, method = 'GET') => {
      const response = await fetch(probes.url + path, { method });
      return [response.status, await response.text()];
    };
    await expect(page('/metrics')).resolves.toEqual([
      404,
      expect.stringMatching(/set EVENT_BUS_METRICS=prometheus.* npm install prom-client\n$/),
    ]);
    await expect(page('/healthz')).resolves.toEqual([404, 'There is no /healthz; there is /live, /ready, /metrics.\n']);
    await expect(page('/live', 'POST')).resolves.toEqual([405, 'Allowed are GET and HEAD.\n']);
    await expect(page('/live?x=1', 'HEAD')).resolves.toEqual([200, '']);
    await expect(consumer.stop()).resolves.toBe(0);
  });

  it('turn /live red while a handler is stuck, name it once in the log, and turn green when it ends', async () => {
    const release = join(bench.folder, 'release');
    const env = { RELEASE: release, EVENT_BUS_HEALTH_STUCK_AFTER: '0.3', EVENT_BUS_METRICS: 'prometheus' };
    const consumer = bench.consumer('probed-consumer', { env });
    const probes = await probesOf(consumer);
    await publish('stuck');
    const { checks } = await probes.untilIt('/live', 503);
    expect(checks['handlers']).toMatchObject({
      ok: false,
      detail: expect.stringMatching(
        new RegExp(
          `^ProbedController.handle has run for \\d+\\.\\d s: topic=${bench.topic} position=0 id=[0-9a-f-]{36}$`,
        ),
      ) as string,
    });
    await expect(probes.ask('/live')).resolves.toMatchObject({ status: 503 });
    await expect(probes.ask('/ready')).resolves.toMatchObject({ status: 200 });
    const metrics = async () => (await fetch(`${probes.url}/metrics`)).text();
    const stuckIs = (count: number) =>
      new RegExp(`^event_bus_handler_stuck\\{.*topic="${bench.topic}".*\\} ${count}$`, 'm');
    await expect(metrics()).resolves.toMatch(stuckIs(1));
    writeFileSync(release, '');
    await probes.untilIt('/live', 200);
    await expect(metrics()).resolves.toMatch(stuckIs(0));
    expect(
      consumer.lines.filter((line) => /A handler has run for longer than EVENT_BUS_HEALTH_STUCK_AFTER/.test(line)),
    ).toEqual([
      expect.stringMatching(/ERROR .* id=\S+ key=stuck handler=ProbedController.handle attempt=1\/1 running_s=/),
    ]);
    await expect(consumer.stop()).resolves.toBe(0);
  });

  it('do not answer while a handler blocks the event loop', async () => {
    const release = join(bench.folder, 'release');
    const consumer = bench.consumer('probed-consumer', { env: { RELEASE: release } });
    const probes = await probesOf(consumer);
    await probes.untilIt('/live', 200);
    await publish('block');
    await consumer.says(/HANDLES block/);
    await expect(probes.ask('/live', 500)).resolves.toMatchObject({ status: 0 });
    writeFileSync(release, '');
    await probes.untilIt('/live', 200);
  });

  it('say not ready at once when it is asked to stop, answer until it ends, and do not delay it', async () => {
    const release = join(bench.folder, 'release');
    const env = { RELEASE: release, EVENT_BUS_HEALTH_STUCK_AFTER: '0.3' };
    const consumer = bench.consumer('probed-consumer', { env });
    const probes = await probesOf(consumer);
    await probes.untilIt('/ready', 200);
    await publish('stuck');
    await consumer.says(/HANDLES stuck/);
    await probes.untilIt('/live', 503);
    const ended = consumer.stop();
    await expect(probes.untilIt('/ready', 503)).resolves.toMatchObject({
      checks: { application: { ok: false, detail: 'stops' } },
    });
    // The stop has its own limit: a restart must not cut it short.
    await expect(probes.ask('/live')).resolves.toMatchObject({ status: 200 });
    writeFileSync(release, '');
    await expect(ended).resolves.toBe(0);
    expect(consumer.lines.join('\n')).toContain('HANDLED stuck');
  });

  it('keep no process that has failed to start', async () => {
    const failing = start(process.execPath, ['dist/test-apps/failing-start.js'], {
      env: { ...bench.env, FAIL: 'onModuleInit' },
    });
    const probes = await probesOf(failing);
    await failing.says(/REJECTED my database is away/);
    void probes.ask('/live');
    await expect(failing.ended).resolves.toBe(0);
  });

  it('end the process with 2 and one clear error when their port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    try {
      const consumer = bench.consumer('probed-consumer', { env: { EVENT_BUS_HEALTH_PORT: String(port) } });
      await expect(consumer.ended).resolves.toBe(2);
      const said = consumer.lines.filter((line) => line.includes('cannot listen'));
      expect(said).toEqual([
        expect.stringContaining(
          `EVENT_BUS_HEALTH_PORT: the server for probes cannot listen on 127.0.0.1:${port}: another process, or another bus of this process, has this port; give each its own.`,
        ),
      ]);
    } finally {
      other.close();
    }
  });
});
