import 'reflect-metadata';

/** Returns a list of a module. A dynamic module has it as a property, a class as metadata. */
export function listOf(module: unknown, name: string): readonly unknown[] {
  const list: unknown = typeof module === 'function' ? Reflect.getMetadata(name, module) : undefined;
  const found = isObject(module) ? module[name] : list;
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
