/** What KEDA asks a broker: the triggers of a ScaledObject, with their credentials. */
export interface Scaling {
  /** Why the triggers are as they are. */
  readonly comment: string;
  readonly type: string;
  /** The metadata of each trigger. KEDA takes texts only, and ignores names that it does not know. */
  readonly triggers: readonly Readonly<Record<string, string>>[];
  readonly authentication: Authentication;
  /** What KEDA cannot do with these settings. Each is a sentence. */
  readonly warnings: readonly string[];
}

/** The sources of the parameters that KEDA takes from a TriggerAuthentication. */
export interface Authentication {
  /** Parameter → variable of the container. */
  readonly variables: Readonly<Record<string, string>>;
  /** Parameter → key of the Secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Keys of the Secret that only KEDA reads → what they must hold. */
  readonly extraKeys: Readonly<Record<string, string>>;
}

/** Removes the entries without a value. */
export function defined<Value>(entries: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
