import { Module } from '@nestjs/common';
import { Shipments } from './shipments.js';
import { WarehouseController } from './warehouse.controller.js';

@Module({ controllers: [WarehouseController], providers: [Shipments] })
export class WarehouseModule {}
