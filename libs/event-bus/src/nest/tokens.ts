/**
 * The options of `forRoot`. A symbol of the whole process, because the command reads them from an application that may
 * have its own copy of this package.
 */
export const EVENT_BUS_OPTIONS = Symbol.for('nest-event-bus:options');

/** The events of `forFeature`. A symbol of the whole process, for the same reason. */
export const EVENT_BUS_FEATURE = Symbol.for('nest-event-bus:feature');

/** The bus of this process; see `EventBusRuntime`. */
export const EVENT_BUS_RUNTIME = Symbol('event-bus:runtime');

/** The transport of `@OnEvent` handlers. Other microservice strategies of a hybrid application ignore them. */
export const EVENT_BUS_TRANSPORT = Symbol('event-bus:transport');
