/** The supported options of kafkajs's `KafkaConfig`: those for connections. The bus uses nothing else of it. */
export const CLIENT_OPTIONS = [
  'connectionTimeout',
  'reauthenticationThreshold',
  'sasl',
  'socketFactory',
  'ssl',
] as const;

/** The given options that would have no effect. */
export function uselessClientOptions(client: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(client).filter((name) => !(CLIENT_OPTIONS as readonly string[]).includes(name));
}
