import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { OrdersModule } from './orders/orders.module.js';

@Module({ imports: [EventBusModule.forRoot(), OrdersModule] })
export class AppModule {}
