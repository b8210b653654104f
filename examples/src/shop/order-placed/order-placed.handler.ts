import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from 'nest-event-bus';
import { OrderPlaced } from './order-placed.event.js';
import { Shipments } from './shipments.js';

@Controller()
export class OrderPlacedHandler {
  constructor(private readonly shipments: Shipments) {}

  @OnEvent(OrderPlaced)
  handle(@Payload() order: OrderPlaced): void {
    this.shipments.pack(order.order_id, order.quantity);
  }
}
