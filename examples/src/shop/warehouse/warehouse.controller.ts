import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from 'nest-event-bus';
import { OrderPlaced } from '../orders/order-placed.event.js';
import { Shipments } from './shipments.js';

@Controller()
export class WarehouseController {
  constructor(private readonly shipments: Shipments) {}

  @OnEvent(OrderPlaced)
  pack(@Payload() order: OrderPlaced): void {
    this.shipments.pack(order.order_id, order.quantity);
  }
}
