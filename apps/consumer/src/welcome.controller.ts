import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type DataOf, EventBusContext, OnEvent } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';

type Registration = DataOf<typeof STUDENT_REGISTRATION_COMPLETED>;

/** Two independent handlers of one event: each has its own retries, and neither sees the other fail. */
@Controller()
export class WelcomeController {
  readonly #logger = new Logger('Welcome');

  @OnEvent(STUDENT_REGISTRATION_COMPLETED)
  welcome(@Payload() { user }: Registration, @Ctx() context: EventBusContext): void {
    this.#logger.log(`${context.metadata.type}: wrote a welcome letter to ${user.pii.username}`);
  }

  @OnEvent(STUDENT_REGISTRATION_COMPLETED)
  count(@Ctx() context: EventBusContext): void {
    this.#logger.log(
      `${context.metadata.type}: counted the learner registered at ${context.metadata.time ?? 'an unknown time'}`,
    );
  }
}
