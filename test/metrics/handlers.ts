import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { defineEvent, OnEvent } from 'nest-event-bus';
import { NUMBERED, type Numbered } from '../apps/src/events.js';

/** An event whose handler always fails and whose failures are skipped. */
export const SKIPPED = defineEvent<{ readonly text: string }>(
  JSON.stringify({
    name: 'CloudEvent',
    type: 'record',
    namespace: 'test.skipped.v1',
    fields: [{ name: 'text', type: 'string' }],
  }),
);

/** The calls that the handlers got: the truth for the metrics. */
export const calls = { good: 0, moody: 0, skipping: 0, failed: 0 };

@Controller()
export class Good {
  @OnEvent(NUMBERED)
  good(): void {
    calls.good += 1;
  }
}

/** Fails as the note of the event says: `n` times, before it succeeds. */
@Controller()
export class Moody {
  readonly #failures = new Map<number, number>();

  @OnEvent(NUMBERED, { attempts: 3 })
  moody(@Payload() { number: { seq, note } }: Numbered): void {
    calls.moody += 1;
    const failures = this.#failures.get(seq) ?? 0;
    if (failures >= Number(note ?? 0)) return;
    this.#failures.set(seq, failures + 1);
    calls.failed += 1;
    throw new Error(`failure ${failures + 1} of event ${seq}`);
  }
}

@Controller()
export class Skipping {
  @OnEvent(SKIPPED, { attempts: 1, onFailure: 'skip' })
  skipping(): void {
    calls.skipping += 1;
    throw new Error('never');
  }
}
