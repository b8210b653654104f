import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { OrderPaid } from './order-events.js';

// #region routes
const producerConfig = {
  'com.example.order.paid.v1': {
    orders: { event_key_field: 'order_id', enabled: true },
    'orders-audit': { event_key_field: 'order_id', enabled: process.env['AUDIT'] === 'on' },
  },
};

@Module({ imports: [EventBusModule.forRoot({ events: [OrderPaid], producerConfig })] })
export class BillingModule {}
// #endregion
