import { describe, expect, it } from 'vitest';

import type { OutgoingRecord } from '../backend.js';
import { RecordRefusedError, UnavailableError } from '../errors.js';
import { JointPublish, type JointPublishOptions, type Outcome, recordBytes } from './joint-publish.js';

describe('publishes made together', () => {
  it('go in one request when they are made in one go', async () => {
    const { joint, requests } = setUp();
    await Promise.all(['1', '2', '3'].map((id) => joint.publish([record(id)])));
    expect(requests.map(ids)).toEqual([['1', '2', '3']]);
  });

  it('gather while a request is in flight, and go as one when it has returned', async () => {
    const { joint, requests, gate } = setUp({ held: true });
    const first = joint.publish([record('1')]);
    await gate.reached(1);
    const others = ['2', '3', '4'].map((id) => joint.publish([record(id)]));
    expect(requests).toHaveLength(1);
    gate.open();
    await Promise.all([first, ...others]);
    expect(requests.map(ids)).toEqual([['1'], ['2', '3', '4']]);
  });

  it('go in one request when callers publish again as soon as they have their answer', async () => {
    const { joint, requests } = setUp();
    const caller = async (name: string) => {
      for (const n of [1, 2, 3]) await joint.publish([record(`${name}${n}`)]);
    };
    await Promise.all(['a', 'b', 'c'].map(caller));
    expect(requests.map(ids)).toEqual([
      ['a1', 'b1', 'c1'],
      ['a2', 'b2', 'c2'],
      ['a3', 'b3', 'c3'],
    ]);
  });

  it('get their own positions', async () => {
    const { joint } = setUp();
    const calls = [[record('1'), record('2')], [record('3')], [record('4'), record('5')]].map((of) =>
      joint.publish(of),
    );
    expect(await Promise.all(calls)).toEqual([['at 1', 'at 2'], ['at 3'], ['at 4', 'at 5']]);
  });

  it('of nothing answer nothing and send nothing', async () => {
    const { joint, requests } = setUp();
    expect(await joint.publish([])).toEqual([]);
    expect(requests).toEqual([]);
  });
});

describe('where two requests may travel', () => {
  it('the second goes with the rest while the first is under way, no third does, and closing waits for both', async () => {
    const { joint, requests, gate } = setUp({ held: true, inFlight: 2 });
    const names = Array.from({ length: 120 }, (_, n) => `${n}`);
    const calls = names.map((id) => joint.publish([record(id)]));
    await gate.reached(2);
    expect(requests.map(ids)).toEqual([names.slice(0, 50), names.slice(50)]);
    const later = joint.publish([record('later')]);
    let isClosed = false;
    const closing = joint.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([requests.length, isClosed]).toEqual([2, false]);
    gate.open();
    expect((await Promise.all(calls)).flat()).toEqual(names.map((id) => `at ${id}`));
    expect(await later).toEqual(['at later']);
    await closing;
  });

  it('closing waits for one that travels while nothing else is to be sent', async () => {
    const { joint, gate } = setUp({ held: true, inFlight: 2 });
    const call = joint.publish([record('1')]);
    await gate.reached(1);
    let isClosed = false;
    const closing = joint.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    gate.open();
    await Promise.all([call, closing]);
  });
});

describe('a record that is refused', () => {
  it('fails its own call alone, and nothing is sent again', async () => {
    const { joint, requests } = setUp({ refuses: '2' });
    const results = await Promise.allSettled(['1', '2', '3'].map((id) => joint.publish([record(id)])));
    expect(results).toEqual([
      { status: 'fulfilled', value: ['at 1'] },
      { status: 'rejected', reason: new RecordRefusedError('refused 2') },
      { status: 'fulfilled', value: ['at 3'] },
    ]);
    expect(requests.map(ids)).toEqual([['1', '2', '3']]);
  });

  it('fails the whole of its call, and makes room for later ones', async () => {
    const { joint, requests } = setUp({ refuses: '2', backlog: { records: 2, bytes: 1000 } });
    await expect(joint.publish([record('1'), record('2')])).rejects.toThrow('refused 2');
    expect(await Promise.all(['3', '4'].map((id) => joint.publish([record(id)])))).toEqual([['at 3'], ['at 4']]);
    expect(requests.map(ids)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});

describe('an unavailable broker', () => {
  it('fails all calls of the request, and none that comes later', async () => {
    const error = new UnavailableError('away');
    const { joint, requests } = setUp({ failsOnce: error });
    const results = await Promise.allSettled(['1', '2'].map((id) => joint.publish([record(id)])));
    expect(results).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect(await joint.publish([record('3')])).toEqual(['at 3']);
    expect(requests).toHaveLength(2);
  });
});

describe('the size of a record', () => {
  it('counts key, value, and names and values of headers, in bytes', () => {
    const headers = [
      ['é', Buffer.from('12')],
      ['n', null],
    ] as const;
    expect(recordBytes({ key: Buffer.from('1234'), value: Buffer.from('12345'), headers })).toBe(14);
    expect(recordBytes({ key: null, value: null, headers: [] })).toBe(0);
  });

  it('is checked before joining: a record that is too large fails its own call and is never sent', async () => {
    const { joint, requests } = setUp();
    const large = { ...record('2'), topic: 'orders', value: Buffer.alloc(2000) };
    const results = await Promise.allSettled([
      joint.publish([record('1')]),
      joint.publish([large]),
      joint.publish([record('3')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(requests.map(ids)).toEqual([['1', '3']]);
    await expect(joint.publish([large])).rejects.toThrow(
      'A record for topic orders has 2001 bytes (key, value and headers); at most 1000 are allowed.',
    );
  });
});

describe('bounds', () => {
  it('of a request, in records and in bytes, are kept by sending more requests', async () => {
    const byRecords = setUp({ request: { records: 2, bytes: 1000 } });
    await Promise.all(['1', '2', '3', '4', '5'].map((id) => byRecords.joint.publish([record(id)])));
    expect(byRecords.requests.map(ids)).toEqual([['1', '2'], ['3', '4'], ['5']]);

    const byBytes = setUp({ request: { records: 100, bytes: 3 } });
    await Promise.all(['1', '2', '3', '4'].map((id) => byBytes.joint.publish([record(id)])));
    expect(byBytes.requests.map(ids)).toEqual([['1', '2', '3'], ['4']]);
  });

  it('of a request do not split a call', async () => {
    const { joint, requests } = setUp({ request: { records: 2, bytes: 1000 } });
    await joint.publish(['1', '2', '3'].map(record));
    expect(requests.map(ids)).toEqual([['1', '2', '3']]);
  });

  it('of the backlog make publish reject, until earlier calls have settled', async () => {
    const { joint, gate } = setUp({ held: true, backlog: { records: 2, bytes: 1000 } });
    const early = ['1', '2'].map((id) => joint.publish([record(id)]));
    const refused = joint.publish([record('3')]);
    await expect(refused).rejects.toThrow(UnavailableError);
    await expect(refused).rejects.toThrow(
      'Could not publish to topic: 2 records (2 bytes) already wait to be sent; the limit is 2 (1000 bytes). ' +
        'Publish more slowly, or wait for earlier calls.',
    );
    gate.open();
    await Promise.all(early);
    expect(await joint.publish([record('4')])).toEqual(['at 4']);
  });

  it('of the backlog let a call through that finds nothing else', async () => {
    const { joint } = setUp({ backlog: { records: 1, bytes: 1 } });
    expect(await joint.publish([record('1'), record('2')])).toEqual(['at 1', 'at 2']);
  });
});

describe('a call that nobody waits for any more', () => {
  const reason = new UnavailableError('too late');

  it('is not sent when its turn comes, and rejects with the reason; the others keep their order', async () => {
    const { joint, requests, gate } = setUp({ held: true });
    const givingUp = new AbortController();
    const first = joint.publish([record('1')], givingUp);
    await gate.reached(1);
    const others = ['2', '3', '4', '5', '6'].map((id) =>
      joint.publish([record(id)], ['2', '3', '5'].includes(id) ? givingUp : {}),
    );
    givingUp.abort(reason);
    gate.open();
    const results = await Promise.allSettled([first, ...others]);
    expect(requests.map(ids)).toEqual([['1'], ['4', '6']]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value[0] : (result.reason as unknown))),
    ).toEqual(['at 1', ...[reason, reason, 'at 4', reason, 'at 6']]);
  });

  it('makes room for others', async () => {
    const { joint, requests, gate } = setUp({ held: true, backlog: { records: 3, bytes: 1000 } });
    const first = joint.publish([record('1')]);
    await gate.reached(1);
    const givingUp = new AbortController();
    const given = Promise.allSettled(['2', '3'].map((id) => joint.publish([record(id)], givingUp)));
    await expect(joint.publish([record('4')])).rejects.toThrow('3 records (3 bytes) already wait to be sent');
    givingUp.abort(reason);
    const later = joint.publish([record('5')]);
    gate.open();
    await Promise.all([first, given, later]);
    expect(requests.map(ids)).toEqual([['1'], ['5']]);
  });

  it('keeps closing from waiting for nothing', async () => {
    const { joint, requests } = setUp();
    const givingUp = new AbortController();
    const call = joint.publish([record('1')], givingUp);
    givingUp.abort(reason);
    await expect(call).rejects.toBe(reason);
    await joint.close();
    expect(requests).toEqual([]);
  });
});

describe('closing', () => {
  it('waits for what was accepted, and refuses what comes later', async () => {
    const { joint, gate } = setUp({ held: true });
    const accepted = joint.publish([record('1')]);
    let isClosed = false;
    const closing = joint.close().then(() => (isClosed = true));
    await expect(joint.publish([record('2')])).rejects.toThrow('Could not publish to topic: the backend is closed.');
    await gate.reached(1);
    expect(isClosed).toBe(false);
    gate.open();
    expect(await accepted).toEqual(['at 1']);
    await closing;
    await joint.close();
  });

  it('is possible when a request failed', async () => {
    const { joint } = setUp({ failsOnce: new UnavailableError('away') });
    const failed = joint.publish([record('1')]);
    const closing = joint.close();
    await expect(failed).rejects.toThrow('away');
    await closing;
  });
});

type Options = Pick<JointPublishOptions, 'request' | 'backlog' | 'inFlight'> & {
  readonly refuses?: string;
  readonly failsOnce?: Error;
  /** Requests do not return before `gate.open()`. */
  readonly held?: boolean;
};

/** A joint publish that records its requests. A request answers `at <id>` for each record. */
function setUp({ refuses, failsOnce, held = false, ...bounds }: Options = {}) {
  const requests: (readonly OutgoingRecord[])[] = [];
  const gate = openGate(held);
  let failure = failsOnce;
  const send = async (records: readonly OutgoingRecord[]): Promise<readonly Outcome[]> => {
    requests.push(records);
    gate.arrive();
    await gate.opened;
    if (failure !== undefined) {
      const error = failure;
      failure = undefined;
      throw error;
    }
    return ids(records).map((id) => (id === refuses ? new RecordRefusedError(`refused ${id}`) : `at ${id}`));
  };
  return { joint: new JointPublish({ send, maxRecordBytes: 1000, ...bounds }), requests, gate };
}

function openGate(held: boolean) {
  let open: () => void = () => undefined;
  const opened = held ? new Promise<void>((resolve) => (open = resolve)) : Promise.resolve();
  let arrived = 0;
  let onArrival: () => void = () => undefined;
  return {
    opened,
    open: () => open(),
    arrive() {
      arrived += 1;
      onArrival();
    },
    async reached(count: number) {
      while (arrived < count) await new Promise<void>((resolve) => (onArrival = resolve));
    },
  };
}

/** Told apart by the name of its header, which is its only content. */
function record(id: string): OutgoingRecord {
  return { topic: 'topic', key: null, value: null, headers: [[id, null]] };
}

function ids(records: readonly OutgoingRecord[]): string[] {
  return records.map(({ headers }) => headers[0]?.[0] ?? '');
}
