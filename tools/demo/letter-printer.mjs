// A consumer whose handler is slow: it prints one letter at a time, 20 a second, however many events it holds. More
// consumers print more. Written without decorators' syntax, so that Node runs it as it is.
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { STUDENT_REGISTRATION_COMPLETED } from 'openedx-events';

const LETTER_MS = 50;

class LetterPrinter {
  #printing = Promise.resolve();

  print() {
    this.#printing = this.#printing.then(() => delay(LETTER_MS));
    return this.#printing;
  }
}
const print = Object.getOwnPropertyDescriptor(LetterPrinter.prototype, 'print');
OnEvent(STUDENT_REGISTRATION_COMPLETED)(LetterPrinter.prototype, 'print', print);
Controller()(LetterPrinter);

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a Nest module
class LettersModule {}
Module({ imports: [EventBusModule.forRoot()], controllers: [LetterPrinter] })(LettersModule);

await runConsumer(LettersModule);
