import { IsPositive } from 'class-validator';
import { EventData, Field } from 'nest-event-bus';

@EventData('com.example.order.placed.v1', { keyField: 'order_id' })
export class OrderPlaced {
  @Field('string')
  order_id!: string;

  @IsPositive()
  @Field('int')
  quantity!: number;
}
