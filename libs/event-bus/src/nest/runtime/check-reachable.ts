import { asError } from '../../core/backoff.js';
import type { Backend } from '../../core/backend.js';
import type { RecordCodec } from '../../core/event/codec.js';
import { AccessRefusedError, UnavailableError, UnknownHostError } from '../../core/errors.js';
import type { Observer } from '../../core/notices/notice.js';
import type { Reachable } from '../../health/reachable.js';

/**
 * Checks once at start that brokers and registries answer.
 *
 * Rejects with one error, `AccessRefusedError` first, because waiting does not help there. A registry that is only away
 * is reported but does not prevent the start: records wait for it.
 */
export async function checkReachable(
  backends: readonly Backend[],
  codecs: readonly RecordCodec[],
  observe: Observer,
): Promise<void> {
  const failures = await failuresOf([
    ...[...new Set(backends)].map((backend) => backend.ping()),
    ...[...new Set(codecs)].map((codec) => pingCodec(codec, observe)),
  ]);
  const first = failures.find((error) => error instanceof AccessRefusedError) ?? failures[0];
  if (first !== undefined) throw first;
}

/** The brokers and registries of a bus, each once. */
export function reachables(backends: readonly Backend[], codecs: readonly RecordCodec[]): readonly Reachable[] {
  return [
    ...[...new Set(backends)].map((backend) => ({ name: backend.name, ping: () => backend.ping() })),
    ...[...new Set(codecs)].flatMap((codec) => {
      const ping = codec.ping?.bind(codec);
      return ping === undefined ? [] : [{ name: 'registry', ping }];
    }),
  ];
}

async function pingCodec(codec: RecordCodec, observe: Observer): Promise<void> {
  try {
    await codec.ping?.();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    if (error instanceof AccessRefusedError || error instanceof UnknownHostError) throw error;
    const what = 'The schema registry does not answer; starting anyway, events wait until it does';
    observe({ kind: 'backend-report', level: 'error', what, fields: [['error', error.message]] });
  }
}

async function failuresOf(attempts: readonly Promise<void>[]): Promise<readonly Error[]> {
  const results = await Promise.allSettled(attempts);
  return results.flatMap((result) => (result.status === 'rejected' ? [asError(result.reason)] : []));
}
