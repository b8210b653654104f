import { EventData, Field } from 'nest-event-bus';

@EventData('com.example.order.paid.v1', { keyField: 'order_id' })
export class OrderPaidBefore {
  @Field('string')
  order_id!: string;

  @Field('double')
  amount!: number;
}

// #region compatible
@EventData('com.example.order.paid.v1', { keyField: 'order_id', minorversion: 1 })
export class OrderPaid {
  @Field('string')
  order_id!: string;

  @Field('double')
  amount!: number;

  @Field('string', { default: 'EUR' })
  currency!: string;

  @Field('string', { optional: true })
  invoice?: string | null;
}
// #endregion

@EventData('com.example.order.paid.v1', { keyField: 'order_id' })
export class OrderPaidBroken {
  @Field('string')
  order_id!: string;

  @Field('string')
  amount!: string;
}
