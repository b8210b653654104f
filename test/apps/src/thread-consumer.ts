// A consumer of TOPIC and GROUP in a worker thread. The main thread stops it when standard input ends, and ends with
// its exit code.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { connectConsumer, EventBusModule, OnEvent } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const { TOPIC: topic = '', GROUP: group = '' } = process.env;

@Controller()
class ThreadController {
  @OnEvent(NUMBERED)
  handle(@Payload() { number }: Numbered): void {
    console.log(`HANDLED ${number.seq} in ${isMainThread ? 'the main thread' : 'a worker'}`);
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [ThreadController] })
class ThreadModule {}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once('exit', (code) => {
    process.exitCode = code;
  });
  process.once('SIGTERM', () => worker.postMessage('stop'));
} else {
  const app = await NestFactory.create(ThreadModule, { abortOnError: false });
  const strategy = connectConsumer(app, { topic, group, from: 'earliest' });
  await app.startAllMicroservices();
  parentPort?.once('message', () => {
    void app
      .close()
      .then(() => strategy.ended)
      .then(() => console.log('STOPPED IN ORDER'));
  });
}
