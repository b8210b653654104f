import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Payload, type RequestContext } from '@nestjs/microservices';
import { type EventBusContext, OnEvent } from 'nest-event-bus';
import { OrderPaid } from './order-events.js';

// #region scope
@Injectable({ scope: Scope.REQUEST })
export class Audit {
  static readonly entries: string[] = [];

  constructor(@Inject(REQUEST) private readonly request: RequestContext<unknown, EventBusContext>) {}

  write(what: string): void {
    const { id } = this.request.getContext().metadata;
    Audit.entries.push(`${id} ${what}`);
  }
}

@Controller()
export class Billing {
  constructor(private readonly audit: Audit) {}

  @OnEvent(OrderPaid)
  paid(@Payload() { order_id }: OrderPaid): void {
    this.audit.write(`${order_id} was paid`);
  }
}
// #endregion
