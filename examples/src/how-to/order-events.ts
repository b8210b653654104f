import { EventData, Field } from 'nest-event-bus';

@EventData('com.example.order.paid.v1', { keyField: 'order_id' })
export class OrderPaid {
  @Field('string')
  order_id!: string;
}

@EventData('com.example.order.canceled.v1', { keyField: 'order_id' })
export class OrderCanceled {
  @Field('string')
  order_id!: string;

  @Field('string')
  reason!: string;
}
