/**
 * Returns the advice for an unknown event type, to complete a sentence. `by` may name the event, such as `@OnEvent`.
 */
export function howToKnow(by: string): string {
  return `give ${by} the event's class or definition, or list that in forRoot({ events }) or forFeature(), or the module that exports it in EVENT_BUS_EVENTS`;
}
