import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { Payload, RpcException } from '@nestjs/microservices';
import { type EventBusContext, OnEvent } from 'nest-event-bus';
import { OrderPaid } from './order-events.js';

// #region guard
@Injectable()
export class OwnEventsOnly implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { metadata } = context.switchToRpc().getContext<EventBusContext>();
    return metadata.source?.startsWith('shop') ?? false;
  }
}
// #endregion

// #region pipe
@Injectable()
export class KnownOrder implements PipeTransform<OrderPaid> {
  transform(order: OrderPaid): OrderPaid {
    if (!order.order_id.startsWith('o')) throw new RpcException(`${order.order_id} is no order`);
    return order;
  }
}
// #endregion

// #region handler
@Controller()
@UseGuards(OwnEventsOnly)
export class Accounts {
  readonly paid: string[] = [];

  @UsePipes(KnownOrder)
  @OnEvent(OrderPaid)
  pay(@Payload() order: OrderPaid): void {
    this.paid.push(order.order_id);
  }
}
// #endregion
