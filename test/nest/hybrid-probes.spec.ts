import { Controller, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { connectConsumer, type Notice, OnEvent } from 'nest-event-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { probesAt } from '../support/probes.js';

@Controller()
class Halting {
  @OnEvent(NUMBERED, { attempts: 1, onFailure: 'halt' })
  handle(@Payload() { number }: Numbered): void {
    if (number.key === 'halt') throw new Error('as asked');
  }
}

describe('The probes of a hybrid application', () => {
  let bench: HybridBench;
  let notices: Notice[];
  beforeEach(() => {
    bench = hybridBench();
    notices = [];
  });
  afterEach(() => bench.clear());

  const bus = (healthPort = 0) => ({
    healthPort,
    healthHost: '127.0.0.1',
    observe: (notice: Notice) => void notices.push(notice),
  });
  const served = () =>
    notices.flatMap((notice) =>
      notice.kind === 'backend-report' && notice.what === 'Serving probes' ? [String(notice.fields[0]?.[1])] : [],
    );

  it('are one server for all of its consumers, and /live turns red when a policy has ended one', async () => {
    const { publish, strategy } = await bench.start({
      bus: bus(),
      controllers: [Halting],
      configure: (app) => void connectConsumer(app, { topic: 'other', group: 'g' }),
    });
    const [url = ''] = served();
    expect(served()).toHaveLength(1);
    const probes = probesAt(url);
    await expect(probes.untilIt('/ready', 200)).resolves.toMatchObject({
      checks: { 'consumer hybrid g': { ok: true }, 'consumer other g': { ok: true } },
    });
    await publish('halt');
    await expect(strategy.ended).rejects.toThrow('as asked');
    await expect(probes.untilIt('/live', 503)).resolves.toMatchObject({
      checks: {
        'consumer hybrid g': {
          ok: false,
          detail: expect.stringMatching(/^has ended with an error, .*as asked/) as string,
        },
        'consumer other g': { ok: true },
      },
    });
    await expect(probes.ask('/ready')).resolves.toMatchObject({ status: 503 });
  });

  it('are not ready, but live, before its consumers start, while it stops, and after a consumer was stopped on purpose', async () => {
    const seen: Record<string, number> = {};
    let probes = probesAt('');
    const look = async (when: string) => {
      seen[`${when} live`] = (await probes.ask('/live')).status;
      seen[`${when} ready`] = (await probes.ask('/ready')).status;
    };
    @Injectable()
    class Looking implements OnModuleDestroy {
      async onModuleInit(): Promise<void> {
        probes = probesAt(served()[0] ?? '');
        await look('starting');
      }

      async onModuleDestroy(): Promise<void> {
        await look('stopping');
      }
    }
    const { app, strategy } = await bench.start({ bus: bus(), controllers: [Halting], providers: [Looking] });
    await probes.untilIt('/ready', 200);
    await strategy.close();
    await look('stopped');
    await app.close();
    expect(seen).toEqual({
      'starting live': 200,
      'starting ready': 503,
      'stopped live': 200,
      'stopped ready': 503,
      'stopping live': 200,
      'stopping ready': 503,
    });
    await expect(probes.ask('/live')).resolves.toMatchObject({ status: 0 });
  });

  it('free their port when the application closes, and a second bus on the same port is refused', async () => {
    const first = await bench.start({ bus: bus(), controllers: [Halting] });
    const port = Number(new URL(served()[0] ?? '').port);
    await expect(bench.start({ bus: bus(port), controllers: [Halting] })).rejects.toThrow(
      `EVENT_BUS_HEALTH_PORT: the server for probes cannot listen on 127.0.0.1:${port}: another process, or another bus of this process, has this port; give each its own.`,
    );
    await first.app.close();
    const again = await bench.start({ bus: bus(port), controllers: [Halting] });
    await probesAt(`http://127.0.0.1:${port}`).untilIt('/ready', 200);
    await again.app.close();
  });
});
