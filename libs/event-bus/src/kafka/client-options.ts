/** Which options of kafkajs's `KafkaConfig` may be given: those about connections, as nothing else of it is used. */
export const CLIENT_OPTIONS = [
  'connectionTimeout',
  'reauthenticationThreshold',
  'sasl',
  'socketFactory',
  'ssl',
] as const;

/** The names of those that would have no effect. */
export function uselessClientOptions(client: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(client).filter((name) => !(CLIENT_OPTIONS as readonly string[]).includes(name));
}
