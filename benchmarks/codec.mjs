// Compares encoding and decoding of catalog events with bare avsc and JSON, in one process.
import { randomUUID } from 'node:crypto';
import avsc from 'avsc';
import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { OPENEDX_EVENTS } from 'openedx-events';
import { addRow } from './results.mjs';
import { interleaved, IS_QUICK, median, report, ROUNDS } from './rounds.mjs';

const MS = IS_QUICK ? 100 : 500;

const SAMPLES = {
  'org.openedx.learning.course.enrollment.created.v1': {
    enrollment: {
      user: { id: 7, is_active: true, pii: { username: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' } },
      course: { course_key: 'course-v1:edX+DemoX+2026', display_name: 'Demonstration', start: null, end: null },
      mode: 'audit',
      is_active: true,
      creation_date: '2026-02-28T12:34:56.789012+00:00',
      created_by: null,
    },
  },
  'org.openedx.analytics.tracking.event.emitted.v1': {
    tracking_log: {
      name: 'edx.course.enrollment.activated',
      timestamp: '2026-02-28T12:34:56.789012+00:00',
      data: JSON.stringify({ course_id: 'course-v1:edX+DemoX+2026', user: randomUUID(), text: 'word '.repeat(60) }),
      context: JSON.stringify({ session: randomUUID(), agent: 'Mozilla '.repeat(60) }),
    },
  },
  'org.openedx.learning.student.registration.completed.v1': {
    user: { id: 7, is_active: true, pii: { username: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' } },
  },
};

export async function run() {
  for (const [type, data] of Object.entries(SAMPLES)) {
    const { schema } = OPENEDX_EVENTS.find((event) => event.type === type);
    const ours = bodyCodec(type, compileSchema(schema));
    const bare = avsc.Type.forSchema(JSON.parse(schema));
    const body = bare.toBuffer(data);
    const text = JSON.stringify(data);
    const name = `${type.split('.').slice(-4, -1).join('.')}, ${body.length} bytes`;
    if (!ours.encode(data).equals(body)) throw new Error(`${type}: the bytes differ.`);
    const encoding = await interleaved(ROUNDS, {
      ours: () => speed(() => ours.encode(data)),
      bare: () => speed(() => bare.toBuffer(data)),
      json: () => speed(() => Buffer.from(JSON.stringify(data))),
    });
    report(`encode ${name}`, encoding.ours, encoding.bare, '>= 0.8', { against: 'avsc' });
    reportJson(`encode ${name}`, encoding);
    const json = Buffer.from(text);
    const decoding = await interleaved(ROUNDS, {
      ours: () => speed(() => ours.decode(body)),
      bare: () => speed(() => bare.fromBuffer(body)),
      json: () => speed(() => JSON.parse(json.toString())),
    });
    report(`decode ${name}`, decoding.ours, decoding.bare, '>= 0.8', { against: 'avsc' });
    reportJson(`decode ${name}`, decoding);
  }
}

function reportJson(work, { ours, json }) {
  const result = median(ours.map((figure, n) => figure / json[n])).toFixed(2);
  const perSecond = (figures) => `${Math.round(median(figures)).toLocaleString('en')}/s`;
  addRow({ work, against: 'JSON', ours: perSecond(ours), theirs: perSecond(json), result });
}

function speed(work) {
  let count = 0;
  const startedAt = performance.now();
  const until = startedAt + MS;
  do {
    for (let n = 0; n < 1000; n += 1) work();
    count += 1000;
  } while (performance.now() < until);
  return (count * 1000) / (performance.now() - startedAt);
}
