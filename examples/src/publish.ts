import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';

@Module({ imports: [EventBusModule.forRoot()] })
class ServiceModule {}

const app = await NestFactory.createApplicationContext(ServiceModule);
const user = { id: 7, is_active: true, pii: { username: 'ada', email: 'ada@example.org', name: 'Ada' } };
await app.get(EventBus).publish(STUDENT_REGISTRATION_COMPLETED, { user }, { topic: 'registration' });
await app.close();
