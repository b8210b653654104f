// A service that publishes COUNT numbered events to TOPIC without waiting for any, and ends at once. With END=close it
// closes the application; with END=signal it sends itself SIGTERM.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { NUMBERED } from './events.js';

const { TOPIC: topic = '', END: end = 'close' } = process.env;

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })] })
class BriefModule {}

const app = await NestFactory.createApplicationContext(BriefModule, { abortOnError: false });
app.enableShutdownHooks();
const bus = app.get(EventBus);
for (let seq = 0; seq < Number(process.env['COUNT'] ?? 1); seq += 1)
  void bus.publish(NUMBERED, { number: { key: 'k', seq, note: null } }, { topic });
if (end === 'close') await app.close();
else process.kill(process.pid, 'SIGTERM');
