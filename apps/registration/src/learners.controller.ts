import { Body, ConflictException, Controller, Post, ServiceUnavailableException } from '@nestjs/common';
import { EventBus, PublishError } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';
import { RegisterLearnerDto } from './register-learner.dto.js';

@Controller('learners')
export class LearnersController {
  readonly #learners = new Map<string, number>();

  constructor(private readonly bus: EventBus) {}

  /** Registers a learner. Answers when the broker has confirmed the event. */
  @Post()
  async register(@Body() { username, email, name }: RegisterLearnerDto): Promise<{ id: number; event: string }> {
    if (this.#learners.has(username)) throw new ConflictException(`${username} is registered already`);
    const id = this.#learners.size + 1;
    this.#learners.set(username, id);
    try {
      const user = { id, is_active: true, pii: { username, email, name } };
      const { metadata } = await this.bus.publish(STUDENT_REGISTRATION_COMPLETED, { user });
      return { id, event: metadata.id };
    } catch (error) {
      this.#learners.delete(username);
      if (error instanceof PublishError)
        throw new ServiceUnavailableException('The event bus is not available; try again.');
      throw error;
    }
  }
}
