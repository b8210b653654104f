import { randomUUID } from 'node:crypto';
import avsc from 'avsc';
import { NUMBERED } from '../events.mjs';

const type = avsc.Type.forSchema(JSON.parse(NUMBERED.schema));

/** Bare avsc, as in an application without a bus. */
export const encode = (data) => type.toBuffer(data);
export const decode = (body) => type.fromBuffer(body);

const CONSTANT = {
  ce_type: NUMBERED.type,
  ce_source: 'openedx/bench/web',
  ce_minorversion: '0',
  sourcehost: 'bench',
  sourcelib: '0.1.0',
};

/** The headers that our side writes. All except two are prepared once. */
export function kafkaHeaders() {
  return {
    ce_specversion: '1.0',
    'content-type': 'application/avro',
    ce_datacontenttype: 'application/avro',
    ...CONSTANT,
    ce_id: randomUUID(),
    ce_time: new Date().toISOString(),
  };
}

/** Runs `callers` concurrent callers. Each sends again after its answer. */
export async function byCallers({ total, skip, callers }, send) {
  let next = 0;
  let startedAt;
  const caller = async () => {
    while (next < total) {
      if (next === skip) startedAt = performance.now();
      await send(next++);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return ((total - skip) * 1000) / (performance.now() - startedAt);
}
