import { defineEvent } from 'nest-event-bus';

export interface OrderShipped {
  readonly order_id: string;
}

export const ORDER_SHIPPED = defineEvent<OrderShipped>(
  JSON.stringify({
    type: 'record',
    name: 'OrderShipped',
    namespace: 'com.example.order.shipped.v1',
    fields: [{ name: 'order_id', type: 'string' }],
  }),
  { keyField: 'order_id' },
);
