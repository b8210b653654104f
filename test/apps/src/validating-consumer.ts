// A consumer with a global ValidationPipe that refuses unknown properties. It publishes an event of its own to itself.
import { Controller, Module, type OnApplicationBootstrap, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { EventBus, EventBusModule, EventData, Field, OnEvent, runConsumer } from 'nest-event-bus';

class Line {
  @Field('string')
  sku!: string;
}

@EventData('com.example.order.placed.v1', { keyField: 'order_id' })
class OrderPlaced {
  @Field('string')
  order_id!: string;

  @Field([() => Line])
  lines!: Line[];

  @Field(() => Line)
  gift!: Line;
}

@Controller()
class Warehouse implements OnApplicationBootstrap {
  constructor(private readonly bus: EventBus) {}

  async onApplicationBootstrap(): Promise<void> {
    const order = { order_id: 'o1', lines: [{ sku: 'a' }, { sku: 'b' }], gift: { sku: 'c' } };
    await this.bus.publish(OrderPlaced, order, { topic: process.argv[3] });
  }

  @OnEvent(OrderPlaced)
  pack(@Payload() order: OrderPlaced): void {
    console.log(`PACK ${JSON.stringify(order)}`);
  }
}

const strict = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true });

@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [Warehouse],
  providers: [{ provide: APP_PIPE, useValue: strict }],
})
class ValidatingModule {}

await runConsumer(ValidatingModule, { configure: (app) => void app.useGlobalPipes(strict) });
