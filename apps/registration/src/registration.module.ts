import { Module } from '@nestjs/common';
import { EventBusModule, type ProducerConfig } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';
import { LearnersController } from './learners.controller.js';

/** The routes of this service's events. */
const producerConfig: ProducerConfig = {
  [STUDENT_REGISTRATION_COMPLETED.type]: {
    'learner-registration': { event_key_field: 'user.pii.username', enabled: true },
  },
};

@Module({
  imports: [EventBusModule.forRoot({ producerConfig })],
  controllers: [LearnersController],
})
export class RegistrationModule {}
