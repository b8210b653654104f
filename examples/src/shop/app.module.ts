import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { OrdersController } from './orders/orders.controller.js';

@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [OrdersController],
})
export class AppModule {}
