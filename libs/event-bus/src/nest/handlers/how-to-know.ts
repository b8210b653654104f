/** What to do about an event type that the bus does not know; completes a sentence. `by` is what may name it, such as `@OnEvent`. */
export function howToKnow(by: string): string {
  return `give ${by} the event's class or definition, or list that in forRoot({ events }) or forFeature(), or the module that exports it in EVENT_BUS_EVENTS`;
}
