import { Controller, Injectable, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { IsPositive } from 'class-validator';
import { EventBus, EventBusModule, EventData, Field, OnEvent } from 'nest-event-bus';

class Line {
  @Field('string')
  sku!: string;

  @IsPositive()
  @Field('int')
  count!: number;
}

@EventData('com.example.order.placed.v1', { keyField: 'order_id' })
export class OrderPlaced {
  @Field('string')
  order_id!: string;

  @Field([() => Line])
  lines!: Line[];

  @Field('string', { optional: true })
  note?: string | null;
}

@Injectable()
export class Orders {
  constructor(private readonly bus: EventBus) {}

  async place(order: OrderPlaced): Promise<void> {
    await this.bus.publish(OrderPlaced, order, { topic: 'orders' });
  }
}

@Controller()
export class Warehouse {
  @OnEvent(OrderPlaced)
  pack(@Payload() { order_id, lines }: OrderPlaced): void {
    console.log(`Packing ${order_id}: ${lines.length} lines`);
  }
}

@Module({ imports: [EventBusModule.forRoot()], providers: [Orders], controllers: [Warehouse], exports: [Orders] })
export class OrdersModule {}
