/**
 * What identifies an event type and fixes its bytes.
 *
 * The type parameter is the TypeScript type of the data; it exists at compile time only.
 */
export interface EventDefinition<Data = unknown> {
  /** E.g. `org.openedx.learning.student.registration.completed.v1`; the last part is the major version. */
  readonly type: string;
  readonly minorversion: number;
  /** The Avro schema of the data, exactly as it is registered. */
  readonly schema: string;
  /** Dotted path to the field that keeps events in order, when a route names none. */
  readonly keyField?: string;
  /** What is wrong with data that fits the schema, each as `path: reason` and without values; empty when nothing is. */
  readonly validate?: (data: unknown) => readonly string[];
  /** Never set; carries the type of the data. */
  readonly data?: Data;
}

/** The data type of a definition. */
export type DataOf<Definition extends EventDefinition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** The attributes of the Open edX event bus. On received events, what the record did not carry is `undefined`. */
export interface EventMetadata {
  readonly type: string;
  /** UUID in lower case. */
  readonly id: string;
  readonly minorversion: number | undefined;
  /** `openedx/<service>/web` in Open edX. */
  readonly source: string | undefined;
  readonly sourcehost: string | undefined;
  /** When it happened, in the wire's form: `2024-02-29T12:34:56.789012+00:00`. */
  readonly time: string | undefined;
  /** The version of the library that published it. */
  readonly sourcelib: readonly number[] | undefined;
}

/** What happened: typed data plus metadata. */
export interface Event<Data = unknown> {
  readonly definition: EventDefinition<Data>;
  readonly metadata: EventMetadata;
  readonly data: Data;
}
