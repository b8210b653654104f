import type { Position } from '../core/backend.js';
import type { Handler, Middleware } from '../core/consume/delivery.js';
import type { Observer } from '../core/notices/notice.js';
import type { SendTracer } from '../core/publish/send-tracer.js';

// No type of OpenTelemetry is named here: the types of the package compile without it.

/** The traces of one bus. */
export interface Tracing {
  sends(backend: TracedBackend): SendTracer;
  /** The outermost middleware. */
  deliveries(backend: TracedBackend): Middleware;
  /** The same handlers; each call of one has a span. Keep the list that is given: its wrapped list is kept too. */
  handlers(handlers: readonly Handler[]): readonly Handler[];
  readonly observe: Observer;
}

/** A backend as spans name it. */
export interface TracedBackend {
  readonly system: string;
  /** What a position says in the words of OpenTelemetry's conventions, for example the offset. */
  readonly positionAttributes?: ((position: Position) => Readonly<Record<string, string | number>>) | undefined;
}

/** How the span of a handled event relates to the span that published it. */
export type Relation = 'parent' | 'link';
