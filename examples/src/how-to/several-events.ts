import { Controller, Injectable } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBus, EventBusContext, OnEvent } from 'nest-event-bus';
import { OrderCanceled, OrderPaid } from './order-events.js';

// #region publish
@Injectable()
export class Payments {
  constructor(private readonly bus: EventBus) {}

  async payAndCancel(order_id: string): Promise<void> {
    await this.bus.publish(OrderPaid, { order_id }, { topic: 'orders' });
    await this.bus.publish(OrderCanceled, { order_id, reason: 'out of stock' }, { topic: 'orders' });
  }
}
// #endregion

// #region handle
@Controller()
export class Ledger {
  readonly entries: string[] = [];

  @OnEvent(OrderPaid)
  paid(@Payload() { order_id }: OrderPaid): void {
    this.entries.push(`${order_id} paid`);
  }

  @OnEvent(OrderCanceled)
  canceled(@Payload() { order_id, reason }: OrderCanceled): void {
    this.entries.push(`${order_id} canceled: ${reason}`);
  }

  @OnEvent([OrderPaid, OrderCanceled])
  any(@Payload('order_id') order_id: string, @Ctx() { metadata }: EventBusContext): void {
    this.entries.push(`${order_id} ${metadata.type}`);
  }
}
// #endregion
