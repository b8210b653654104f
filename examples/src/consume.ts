import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type DataOf, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';

@Controller()
class Letters {
  @OnEvent(STUDENT_REGISTRATION_COMPLETED)
  welcome(@Payload() { user }: DataOf<typeof STUDENT_REGISTRATION_COMPLETED>) {
    console.log(`Welcome, ${user.pii.username}!`);
  }
}

@Module({ imports: [EventBusModule.forRoot()], controllers: [Letters] })
class ConsumerModule {}

await runConsumer(ConsumerModule);
