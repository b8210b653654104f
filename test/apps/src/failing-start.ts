// An application whose start fails after the bus was created. FAIL says where. The process must end on its own.
import { Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { NUMBERED } from './events.js';

const place = process.env['FAIL'];

function failAt(here: string): void {
  if (place === here) throw new Error('my database is away');
}

class Failing implements OnModuleInit, OnApplicationBootstrap {
  onModuleInit(): void {
    failAt('onModuleInit');
  }

  onApplicationBootstrap(): void {
    failAt('onApplicationBootstrap');
  }
}

const factory = { provide: 'database', inject: [EventBus], useFactory: () => failAt('factory') };

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], providers: [factory, Failing] })
class FailingModule {}

try {
  await NestFactory.createApplicationContext(FailingModule, { abortOnError: false });
  console.log('STARTED');
} catch (error) {
  console.log(`REJECTED ${(error as Error).message}`);
}
