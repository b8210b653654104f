import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  EventBus,
  EventBusModule,
  EventData,
  eventOf,
  type EventRoutes,
  Field,
  InvalidEventError,
  OnEvent,
  type ProducerConfig,
  SettingsError,
} from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OrderPlaced as Order } from '../../examples/src/how-to/field-types.js';
import { type HybridBench, hybridBench, type HybridParts } from '../support/hybrid.js';

@EventData('com.example.order.placed.v1')
class OrderPlaced {
  @Field('string')
  order_id!: string;
}

@EventData('com.example.order.shipped.v1', { keyField: 'order_id' })
class OrderShipped {
  @Field('string')
  order_id!: string;
}

class NoEvent {
  name!: string;
}

describe('An event of its own, which an application knows by its class', () => {
  let bench: HybridBench;
  let seen: unknown[];
  beforeEach(() => {
    bench = hybridBench();
    seen = [];
  });
  afterEach(() => bench.clear());

  @Controller()
  class Handlers {
    @OnEvent(OrderPlaced)
    placed(@Payload() { order_id }: OrderPlaced): void {
      seen.push(order_id);
    }

    @OnEvent([OrderShipped])
    shipped(@Payload('order_id') id: string): void {
      seen.push(`shipped ${id}`);
    }
  }

  @Controller()
  class ByName {
    @OnEvent('com.example.order.placed.v1')
    placed(@Payload() { order_id }: OrderPlaced): void {
      seen.push(order_id);
    }
  }

  const start = (parts: HybridParts) =>
    bench.start({ ...parts, bus: { ...parts.bus, events: parts.bus?.events ?? [] } });
  const settled = () =>
    until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'the events to be settled' });

  it('is published and handled with no list of events anywhere', async () => {
    const { app } = await start({ controllers: [Handlers] });
    const { topic } = bench;
    await app.get(EventBus).publish(OrderPlaced, { order_id: 'o1' }, { topic });
    await app.get(EventBus).publish(OrderShipped, { order_id: 'o1' }, { topic });
    await settled();
    expect(seen).toEqual(['o1', 'shipped o1']);
    expect(await bench.deadLetters()).toEqual([]);
  });

  it('is refused with the path of the wrong field, also in a list', async () => {
    const { app } = await bench.start({ controllers: [Handlers] });
    const order = { order_id: 'o2', lines: [{ sku: 'a', count: -2 }], labels: {}, channel: 'WEB', discount: 0 };
    await expect(app.get(EventBus).publish(Order, order, { topic: 'orders' })).rejects.toThrow(
      'lines.0.count: isPositive',
    );
  });

  it.each<[string, HybridParts]>([
    ['forRoot', { bus: { events: [OrderPlaced] } }],
    ['forFeature, in a module of its own', { imports: [featureModule()] }],
  ])('is handled by its name when %s lists it', async (_, parts) => {
    const { app } = await start({ ...parts, controllers: [ByName] });
    await app.get(EventBus).publish(OrderPlaced, { order_id: 'o1' }, { topic: bench.topic });
    await settled();
    expect(seen).toEqual(['o1']);
  });

  it('goes where the configuration says', async () => {
    const producerConfig = {
      'com.example.order.placed.v1': { orders: { event_key_field: 'order_id', enabled: true } },
    };
    const { app } = await start({ imports: [featureModule()], controllers: [ByName], bus: { producerConfig } });
    const { positions } = await app.get(EventBus).publish(OrderPlaced, { order_id: 'o1' });
    expect(positions.map(({ topic }) => topic)).toEqual(['orders']);
  });

  it('is known by its class in producerConfig, and its routes need neither key field nor enabled', async () => {
    const { app } = await start({
      controllers: [ByName],
      bus: {
        producerConfig: [
          [OrderPlaced, { orders: {}, archive: { enabled: false } }],
          [eventOf(OrderShipped), { [bench.topic]: { enabled: true } }],
          ['com.example.order.placed.v1', { [bench.topic]: { event_key_field: 'order_id' } }],
        ],
      },
    });
    const { positions } = await app.get(EventBus).publish(OrderPlaced, { order_id: 'o1' });
    expect(positions.map(({ topic }) => topic)).toEqual(['orders', bench.topic]);
    await app.get(EventBus).publish(OrderShipped, { order_id: 'o1' });
    await settled();
    expect(seen).toEqual(['o1']);
    expect(await bench.keys()).toEqual(['"o1"', '"o1"']);
  });

  it('is refused in producerConfig when it is none, with all other problems', async () => {
    const producerConfig: ProducerConfig | EventRoutes = [
      [NoEvent, { orders: {} }],
      ['com.example.unknown.v1', { orders: {} }],
      [OrderPlaced, { orders: { event_key_field: 'nowhere' } }],
      [OrderShipped, null as never],
    ];
    const starting = start({ bus: { producerConfig } });
    await expect(starting).rejects.toThrow(SettingsError);
    for (const problem of [
      'NoEvent is not an event; decorate it',
      "com.example.unknown.v1: unknown event type; pass the event's class or definition to producerConfig, list it in forRoot({ events })",
      'orders: event_key_field: com.example.order.placed.v1: key field "nowhere"',
      'com.example.order.shipped.v1: expected an object {topic: {"event_key_field", "enabled"}}, got null',
    ])
      await expect(starting).rejects.toThrow(problem);
  });

  it('is refused when nothing says what it is, with all the ways to say it', async () => {
    const starting = start({ controllers: [ByName] });
    await expect(starting).rejects.toThrow(SettingsError);
    await expect(starting).rejects.toThrow(
      "ByName.placed: @OnEvent('com.example.order.placed.v1') is not a known event type; pass the event's class or definition to @OnEvent, " +
        'list it in forRoot({ events }) or forFeature(), or name the module that exports it in EVENT_BUS_EVENTS.',
    );
    await expect(start({ bus: { events: [NoEvent] } })).rejects.toThrow(
      "events: NoEvent is not an event; decorate it with @EventData('its type').",
    );
    expect(() => OnEvent(NoEvent)).toThrow('NoEvent is not an event');
  });

  it('is refused at publish when it is none', async () => {
    const bus = (await start({ controllers: [Handlers] })).app.get(EventBus);
    const publishing = bus.publish(undefined as never, {}, { topic: bench.topic });
    await expect(publishing).rejects.toThrow(InvalidEventError);
    await expect(publishing).rejects.toThrow(
      'Expected an event, a class with @EventData() or a definition, got undefined.',
    );
    for (const data of [undefined, null, 7]) {
      const publishingNothing = bus.publish(OrderPlaced, data as unknown as OrderPlaced, { topic: bench.topic });
      await expect(publishingNothing).rejects.toThrow(InvalidEventError);
      await expect(publishingNothing).rejects.toThrow(/^com.example.order.placed.v1: /);
    }
    await expect(bus.publish(NoEvent, { name: 'x' }, { topic: bench.topic })).rejects.toThrow(
      'NoEvent is not an event',
    );
  });
});

function featureModule() {
  @Module({ imports: [EventBusModule.forFeature([OrderPlaced])] })
  class Orders {}
  return Orders;
}
