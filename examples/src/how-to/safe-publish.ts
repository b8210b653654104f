import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { EventBus, PublishError } from 'nest-event-bus';
import { OrderPaid } from './order-events.js';

// #region publish
@Injectable()
export class Checkout {
  constructor(private readonly bus: EventBus) {}

  async pay(order_id: string): Promise<string> {
    try {
      const { metadata } = await this.bus.publish(OrderPaid, { order_id }, { topic: 'orders' });
      return metadata.id;
    } catch (error) {
      if (error instanceof PublishError) throw new ServiceUnavailableException('Please try again.');
      throw error;
    }
  }
}
// #endregion
