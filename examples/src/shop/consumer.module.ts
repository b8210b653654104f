import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { OrderPlacedHandler } from './order-placed/order-placed.handler.js';
import { Shipments } from './order-placed/shipments.js';

@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [OrderPlacedHandler],
  providers: [Shipments],
})
export class ConsumerModule {}
