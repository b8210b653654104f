import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { WarehouseModule } from './warehouse/warehouse.module.js';

@Module({ imports: [EventBusModule.forRoot(), WarehouseModule] })
export class ConsumerModule {}
