/**
 * An event type: its name and its Avro schema.
 *
 * The type parameter is the TypeScript type of the data; it exists only at compile time.
 */
export interface EventDefinition<Data = unknown> {
  /** E.g. `org.openedx.learning.student.registration.completed.v1`; the last part is the major version. */
  readonly type: string;
  readonly minorversion: number;
  /** The Avro schema of the data, exactly as it is registered. */
  readonly schema: string;
  /** The dotted path of the key field if a route names none. Events with equal keys keep their order. */
  readonly keyField?: string;
  /** Lists problems of data that fits the schema, each as `path: reason` without values; empty if there are none. */
  readonly validate?: (data: unknown) => readonly string[];
  /** Never set; carries the type of the data. */
  readonly data?: Data;
}

/** The data type of a definition. */
export type DataOf<Definition extends EventDefinition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** The attributes of the Open edX event bus. Attributes that a received record does not have are `undefined`. */
export interface EventMetadata {
  readonly type: string;
  /** UUID in lower case. */
  readonly id: string;
  readonly minorversion: number | undefined;
  /** `openedx/<service>/web` in Open edX. */
  readonly source: string | undefined;
  readonly sourcehost: string | undefined;
  /** When the event happened, in the wire format: `2024-02-29T12:34:56.789012+00:00`. */
  readonly time: string | undefined;
  /** The version of the library that published it. */
  readonly sourcelib: readonly number[] | undefined;
}

/** An event: typed data and metadata. */
export interface Event<Data = unknown> {
  readonly definition: EventDefinition<Data>;
  readonly metadata: EventMetadata;
  readonly data: Data;
}
