import { IsEmail, Max, MinLength } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { bareCodec } from '../avro/bare-codec.js';
import { newMetadata } from '../core/event/attributes.js';
import { EventData, eventOf } from './event-class.js';
import { Field } from './field.js';

class Address {
  @Field('string')
  @MinLength(2)
  city!: string;

  @Field('string', { optional: true })
  street?: string | null;
}

@EventData('com.example.order.placed.v1', { keyField: 'number', minorversion: 2 })
class OrderPlaced {
  @Field('long')
  @Max(1000)
  number!: number;

  @Field('string')
  @IsEmail()
  email!: string;

  @Field('boolean', { default: false })
  gift?: boolean;

  @Field(() => Address)
  billing!: Address;

  @Field(() => Address, { optional: true })
  shipping?: Address | null;

  @Field(['string'], { default: [] })
  tags?: string[];

  @Field([() => Address], { default: [] })
  stops?: Address[];

  @Field({ map: 'double' }, { default: {} })
  prices?: Record<string, number>;

  @Field({ enum: ['new', 'known'], name: 'Customer', default: 'new' }, { default: 'new' })
  customer?: 'new' | 'known';
}

const order = () => ({ number: 7, email: 'ada@example.org', billing: { city: 'London' } });

describe('An event made of a class', () => {
  const definition = eventOf(OrderPlaced);

  it('has an Avro schema with real defaults, nested records named once', () => {
    expect(definition).toMatchObject({ type: 'com.example.order.placed.v1', minorversion: 2, keyField: 'number' });
    expect(JSON.parse(definition.schema)).toEqual({
      name: 'CloudEvent',
      namespace: 'com.example.order.placed.v1',
      type: 'record',
      fields: [
        { name: 'number', type: 'long' },
        { name: 'email', type: 'string' },
        { name: 'gift', type: 'boolean', default: false },
        {
          name: 'billing',
          type: {
            name: 'Address',
            type: 'record',
            fields: [
              { name: 'city', type: 'string' },
              { name: 'street', type: ['null', 'string'], default: null },
            ],
          },
        },
        { name: 'shipping', type: ['null', 'Address'], default: null },
        { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
        { name: 'stops', type: { type: 'array', items: 'Address' }, default: [] },
        { name: 'prices', type: { type: 'map', values: 'double' }, default: {} },
        {
          name: 'customer',
          type: { type: 'enum', name: 'Customer', symbols: ['new', 'known'], default: 'new' },
          default: 'new',
        },
      ],
    });
  });

  it('travels, with what was left out at its default', () => {
    const codec = bareCodec({ definitions: [definition] });
    const metadata = newMetadata({ type: definition.type, minorversion: 2 });
    const record = codec.encode({ definition, metadata, data: order() }, definition.keyField);
    const received = { topic: 't', partition: 0, position: '1', timestamp: 0, isReplay: false, ...record };
    expect(codec.decode(received).data).toEqual({
      number: 7,
      email: 'ada@example.org',
      gift: false,
      billing: { city: 'London', street: null },
      shipping: null,
      tags: [],
      stops: [],
      prices: {},
      customer: 'new',
    });
  });

  it.each([
    ['its own', { ...order(), email: 'nobody' }, ['email: isEmail']],
    ['nested', { ...order(), billing: { city: 'L' } }, ['billing.city: minLength']],
    ['in a list', { ...order(), stops: [{ city: 'London' }, { city: 'L' }] }, ['stops.1.city: minLength']],
    ['several', { ...order(), number: 1001, email: '' }, ['number: max', 'email: isEmail']],
    ['none', { ...order(), shipping: null }, []],
  ])('is checked for constraints: %s', (_, data, expected) => {
    expect(definition.validate?.(data)).toEqual(expected);
  });

  it('takes an instance as it takes plain data', () => {
    const instance = Object.assign(new OrderPlaced(), order(), { email: 'nobody' });
    expect(definition.validate?.(instance)).toEqual(['email: isEmail']);
  });

  it('refuses two classes of one name, which Avro could not tell apart', () => {
    const named = (type: 'long' | 'string') => {
      class Money {
        @Field(type)
        amount!: unknown;
      }
      return Money;
    };
    const [inCents, inWords] = [named('long'), named('string')];
    @EventData('com.example.price.v1')
    class Price {
      @Field(() => inCents)
      net!: object;
      @Field(() => inWords)
      gross!: object;
    }
    expect(() => eventOf(Price)).toThrow(
      'com.example.price.v1: two classes are named Money; Avro tells records apart by name.',
    );
  });

  it('refuses classes that are none', () => {
    class Nothing {
      name = '';
    }
    @EventData('com.example.empty.v1')
    class Empty {
      name = '';
    }
    expect(() => eventOf(Nothing)).toThrow(/Nothing is not an event; decorate it with @EventData/);
    expect(() => eventOf(Empty)).toThrow(/Empty has no property with @Field/);
    expect(() => {
      class Both {
        @Field('string', { optional: true, default: 'x' })
        text?: string;
      }
      return Both;
    }).toThrow(/Both.text: an optional field has the default null/);
  });
});
