import { Body, Controller, Post } from '@nestjs/common';
import { EventBus } from 'nest-event-bus';
import { OrderPlaced } from '../order-placed/order-placed.event.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly bus: EventBus) {}

  @Post()
  async place(@Body() order: OrderPlaced): Promise<{ event: string }> {
    const { metadata } = await this.bus.publish(OrderPlaced, order, { topic: 'orders' });
    return { event: metadata.id };
  }
}
