import { isUrl, urlProblems } from '../client/url.js';
import { readTls, type ReadTls } from '../../settings/tls-files.js';
import type { RedisSettings } from './settings.js';

/**
 * The TLS options of the Redis client, and the problems of the URL and of the files. Reads the files that the settings
 * name.
 */
export function redisSecurity(settings: RedisSettings): ReadTls {
  const { redisTlsCaFile: caFile, redisTlsCertFile: certFile, redisConnectionUrl: url } = settings;
  const { tls, problems: ofFiles } = readTls('EVENT_BUS_REDIS_TLS', {
    caFile,
    certFile,
    keyFile: settings.redisTlsKeyFile,
    passphrase: settings.redisTlsKeyPassphrase,
  });
  const problems = [...ofFiles];
  if (url !== undefined && isUrl(url))
    for (const problem of urlProblems(url)) problems.push(`EVENT_BUS_REDIS_CONNECTION_URL: ${problem}`);
  if (url?.startsWith('redis:') !== true || (caFile === undefined && certFile === undefined)) return { tls, problems };
  const problem =
    'EVENT_BUS_REDIS_CONNECTION_URL: got redis://; allowed: rediss://, as a file of EVENT_BUS_REDIS_TLS_… is set';
  return { tls, problems: [...problems, problem] };
}
