import { type Context, propagation, ROOT_CONTEXT, type TextMapGetter, type TextMapSetter } from '@opentelemetry/api';
import type { Header, Headers } from '../core/backend.js';
import { utf8Text } from '../core/utf8.js';

/** The headers followed by those of the application's propagator: `traceparent` and `tracestate` by W3C's. */
export function withTraceContext(context: Context, headers: Headers): Headers {
  const carrier = [...headers];
  propagation.inject(context, carrier, SETTER);
  return carrier;
}

/** The context in which the record was published; the root context if its headers name none. */
export function traceContextOf(headers: Headers): Context {
  return propagation.extract(ROOT_CONTEXT, headers, GETTER);
}

const SETTER: TextMapSetter<Header[]> = {
  set(carrier, name, value) {
    // A propagator of the application must not replace an attribute of the event.
    if (find(carrier, name) === undefined) carrier.push([name, Buffer.from(value)]);
  },
};

const GETTER: TextMapGetter<Headers> = {
  get(carrier, name) {
    const value = find(carrier, name)?.[1];
    return value === undefined || value === null ? undefined : utf8Text(value);
  },
  keys: (carrier) => carrier.map(([name]) => name),
};

/** By index, because destructuring creates an iterator for each header. */
function find(headers: Headers, name: string): Header | undefined {
  for (const header of headers) if (header[0] === name) return header;
  return undefined;
}
