import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { meter } from '../events.mjs';
import { decode } from './bare.mjs';

/** The Kafka transport of `@nestjs/microservices`. The handler decodes the values. */
export async function consume({ brokers, topic, group, total, skip = 0 }) {
  const { arrived, all, check } = meter(total, skip);
  class Numbers {
    onNumbered(value) {
      arrived(decode(value.subarray(5)).number.seq);
    }
  }
  EventPattern(topic)(
    Numbers.prototype,
    'onNumbered',
    Object.getOwnPropertyDescriptor(Numbers.prototype, 'onNumbered'),
  );
  Payload()(Numbers.prototype, 'onNumbered', 0);
  Controller()(Numbers);
  class Consumer {}
  Module({ controllers: [Numbers] })(Consumer);
  const app = await NestFactory.createMicroservice(Consumer, {
    logger: ['error', 'warn', 'fatal'],
    transport: Transport.KAFKA,
    options: {
      client: { brokers },
      consumer: { groupId: group, maxWaitTimeInMs: 250 },
      subscribe: { fromBeginning: true },
      run: { partitionsConsumedConcurrently: 6 },
      parser: { keepBinary: true },
    },
  });
  await app.listen();
  const perSecond = await all;
  await pause(200);
  await app.close();
  return { perSecond, ...check() };
}
