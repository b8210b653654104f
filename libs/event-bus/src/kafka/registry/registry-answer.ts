/** The parsed answer of a registry. */
export interface RegistryAnswer {
  readonly status: number;
  readonly id?: number;
  readonly schema?: string;
  /** Missing means `AVRO`. */
  readonly type?: string;
  readonly references?: readonly SchemaReference[];
  readonly version?: number;
  readonly compatibilityLevel?: string;
  /** The registry's own error code. */
  readonly code?: number;
  readonly message?: string;
}

/** Another schema whose types a schema uses. */
export interface SchemaReference {
  readonly subject: string;
  readonly version: number;
}

export function readAnswer(status: number, text: string): RegistryAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text === '' ? { status } : { status, message: text.slice(0, 500) };
  }
  if (typeof body !== 'object' || body === null) return { status };
  const { id, schema, schemaType, references, version, compatibilityLevel, ...problem } = body as Record<
    string,
    unknown
  >;
  const { error_code: code, message } = problem;
  return {
    status,
    ...(typeof id === 'number' ? { id } : {}),
    ...(typeof schema === 'string' ? { schema } : {}),
    ...(typeof schemaType === 'string' ? { type: schemaType } : {}),
    ...(Array.isArray(references) ? { references: references.filter(isReference) } : {}),
    ...(typeof version === 'number' ? { version } : {}),
    ...(typeof compatibilityLevel === 'string' ? { compatibilityLevel } : {}),
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  };
}

function isReference(value: unknown): value is SchemaReference {
  if (typeof value !== 'object' || value === null) return false;
  const { subject, version } = value as Record<string, unknown>;
  return typeof subject === 'string' && typeof version === 'number';
}
