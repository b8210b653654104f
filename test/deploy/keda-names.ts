/**
 * The names of trigger metadata and of authentication parameters that KEDA reads. It ignores all others silently.
 *
 * Source: schema/generated/scalers-schema.json of kedacore/keda v2.21.0 (`metadataVariableReadable` and
 * `triggerAuthenticationVariableReadable`).
 */
export interface KedaNames {
  readonly metadata: readonly string[];
  readonly authentication: readonly string[];
}

const REDIS_STREAMS: KedaNames = {
  metadata: names(`pendingEntriesCount streamLength lagCount stream consumerGroup databaseIndex address addresses
    username password sentinelUsername sentinelPassword sentinelMaster host hosts port ports unsafeSsl
    activationLagCount enableTLS`),
  authentication: names(`address addresses username password sentinelUsername sentinelPassword sentinelMaster host
    hosts port ports Cert cert key keyPassword ca tls`),
};

export const KEDA_NAMES: Readonly<Record<string, KedaNames>> = {
  kafka: {
    metadata: names(`bootstrapServers consumerGroup topic partitionLimitation lagThreshold activationLagThreshold
      offsetResetPolicy allowIdleConsumers excludePersistentLag scaleToZeroOnInvalidOffset limitToPartitionsWithLag
      ensureEvenDistributionOfPartitions fullMetadata version tls unsafeSsl sasl saslTokenProvider awsRegion`),
    authentication: names(`tls ca cert key keyPassword sasl username password saslTokenProvider scopes
      oauthTokenEndpointUri oauthExtensions keytab ccacheName realm kerberosConfig kerberosServiceName
      kerberosDisableFAST`),
  },
  'redis-streams': REDIS_STREAMS,
  'redis-sentinel-streams': REDIS_STREAMS,
  'redis-cluster-streams': REDIS_STREAMS,
};

function names(text: string): readonly string[] {
  return text.split(/\s+/);
}
