import { IsPositive } from 'class-validator';
import { EventData, Field } from 'nest-event-bus';

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

  @Field({ map: 'string' })
  labels!: Record<string, string>;

  @Field({ enum: ['WEB', 'PHONE'], name: 'Channel', default: 'WEB' })
  channel!: string;

  @Field('string', { optional: true })
  note?: string | null;

  @Field('int', { default: 0 })
  discount!: number;
}
