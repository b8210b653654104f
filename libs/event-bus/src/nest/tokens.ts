/** The module's options, as given to `forRoot`. Of the whole process: the command reads them from an application that may have its own copy. */
export const EVENT_BUS_OPTIONS = Symbol.for('nest-event-bus:options');

/** The events of `forFeature`; of the whole process, as above. */
export const EVENT_BUS_FEATURE = Symbol.for('nest-event-bus:feature');

/** The bus of this process; see `EventBusRuntime`. */
export const EVENT_BUS_RUNTIME = Symbol('event-bus:runtime');

/** The transport of `@OnEvent` handlers: other microservice strategies of a hybrid application leave them alone. */
export const EVENT_BUS_TRANSPORT = Symbol('event-bus:transport');
