import { Controller, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { EventBus, EventData, eventOf, Field, OnEvent } from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { workbench } from '../support/workbench.js';

class Line {
  @Field('string')
  sku!: string;

  @Field('long')
  amount!: bigint;
}

@EventData('com.example.order.placed.v1')
class OrderPlaced {
  @Field('string')
  order_id!: string;

  @IsInt()
  @Field('int')
  total!: number;

  @Field([() => Line])
  lines!: Line[];

  @Field({ map: () => Line })
  extras!: Record<string, Line>;

  @Field('bytes')
  signature!: Uint8Array;

  @Field('string', { optional: true })
  note!: string | null;

  @Field({ enum: ['web', 'shop'], name: 'Channel' })
  channel!: string;
}

/** A class without decorators of class-validator. */
@EventData('com.example.order.shipped.v1')
class OrderShipped {
  @Field('string')
  order_id!: string;

  @Field(['string'])
  parcels!: string[];
}

const PLACED = eventOf(OrderPlaced);
const SHIPPED = eventOf(OrderShipped);

const ORDER: OrderPlaced = {
  order_id: 'o1',
  total: 12,
  lines: [{ sku: 'a', amount: 2n ** 60n }],
  extras: { gift: { sku: 'b', amount: 2n ** 60n } },
  signature: Buffer.from([0, 1, 255]),
  note: null,
  channel: 'web',
};

describe('A global ValidationPipe', () => {
  let bench: HybridBench;
  beforeEach(() => (bench = hybridBench()));
  afterEach(() => bench.clear());

  it.each<ValidationPipeOptions>([
    {},
    { whitelist: true },
    { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true },
    { whitelist: true, transform: true },
    { transform: true, transformOptions: { enableImplicitConversion: true } },
  ])('leaves an event what its fields hold: %o', async (options) => {
    const seen: unknown[] = [];
    @Controller()
    class Handlers {
      @OnEvent(PLACED)
      placed(@Payload() data: OrderPlaced): void {
        seen.push(data);
      }

      @OnEvent(SHIPPED)
      shipped(@Payload() data: OrderShipped): void {
        seen.push(data);
      }
    }
    const { app } = await bench.start({
      bus: { events: [PLACED, SHIPPED] },
      controllers: [Handlers],
      providers: [{ provide: APP_PIPE, useValue: new ValidationPipe(options) }],
      consume: { inheritAppConfig: true },
    });
    const { topic } = bench;
    await app.get(EventBus).publish(PLACED, ORDER, { topic, keyField: 'order_id' });
    const shipped = { order_id: 'o1', parcels: ['p1', 'p2'] };
    await app.get(EventBus).publish(SHIPPED, shipped, { topic, keyField: 'order_id' });
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'the events to be settled' });
    expect(await bench.deadLetters()).toEqual([]);
    expect(seen).toHaveLength(2);
    const [order, shipment] = seen as [OrderPlaced, OrderShipped];
    const { lines, extras, signature, ...rest } = order;
    expect(rest).toEqual({ order_id: 'o1', total: 12, note: null, channel: 'web' });
    expect(lines.map(({ sku, amount }) => [sku, amount])).toEqual([['a', 2n ** 60n]]);
    expect(Object.entries(extras).map(([name, { sku, amount }]) => [name, sku, amount])).toEqual([
      ['gift', 'b', 2n ** 60n],
    ]);
    expect(Buffer.from(signature)).toEqual(Buffer.from([0, 1, 255]));
    const { order_id, parcels } = shipment;
    expect({ order_id, parcels }).toEqual(shipped);
  });
});

it('A global ValidationPipe leaves an event what its fields hold in a consumer process', async () => {
  const bench = workbench('validation-pipe');
  try {
    const consumer = bench.consumer('validating-consumer', { env: { EVENT_BUS_EVENTS: '' } });
    await consumer.says(/outcome=handled/);
    expect(consumer.output).toContain('PACK {"order_id":"o1","lines":[{"sku":"a"},{"sku":"b"}],"gift":{"sku":"c"}}');
    await expect(consumer.stop()).resolves.toBe(0);
  } finally {
    await bench.clear();
  }
});
