/**
 * Returns the advice for an unknown event type, to complete a sentence. `by` may name the event, such as `@OnEvent`.
 */
export function howToKnow(by: string): string {
  return `pass the event's class or definition to ${by}, list it in forRoot({ events }) or forFeature(), or name the module that exports it in EVENT_BUS_EVENTS`;
}
