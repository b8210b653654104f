import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { WelcomeController } from './welcome.controller.js';

@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [WelcomeController],
})
export class ConsumerModule {}
