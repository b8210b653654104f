import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import Sqlite from 'libsql';
import { SettingsError, UnavailableError, type Backend } from 'nest-event-bus/core';
import { embedded, type EmbeddedOptions } from 'nest-event-bus/embedded';
import { stays, until, within } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start } from '../support/process.js';
import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf, valuesIn } from './log.js';

describe('the file of the embedded backend', () => {
  let bench: Workbench;
  const backends: Backend[] = [];
  const open = (options: Partial<EmbeddedOptions> = {}) => {
    const backend = embedded({ path: bench.path, ...options });
    backends.push(backend);
    return backend;
  };

  beforeEach(() => {
    bench = workbench('embedded-file');
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await bench.clear();
  });

  it('is made with its folders', async () => {
    const path = join(bench.folder, 'some', 'where', 'events.db');
    await publish(open({ path }), 't', 'there');
    expect(existsSync(path)).toBe(true);
  });

  it('is made for this user alone, with its folders and companions', async () => {
    const umask = process.umask(0o022);
    const path = join(bench.folder, 'some', 'where', 'events.db');
    const backend = open({ path });
    await publish(backend, 't', 'private');
    process.umask(umask);
    const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
    expect([join(bench.folder, 'some'), join(bench.folder, 'some', 'where')].map(modeOf)).toEqual(['700', '700']);
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
  });

  it('keeps the modes that the operator gave it', async () => {
    const folder = join(bench.folder, 'shared');
    mkdirSync(folder);
    chmodSync(folder, 0o750);
    const path = join(folder, 'events.db');
    writeFileSync(path, '');
    chmodSync(path, 0o660);
    await publish(open({ path }), 't', 'shared');
    const modes = [folder, path, `${path}-wal`].map((file) => (statSync(file).mode & 0o777).toString(8));
    expect(modes).toEqual(['750', '660', '660']);
  });

  it('is not touched before the first use', () => {
    open();
    expect(existsSync(bench.path)).toBe(false);
  });

  it('carries an application id and a format version of its own', async () => {
    const backend = open();
    await backend.ping();
    // Closes the backend first: reading the file here would release the locks that SQLite holds in this process.
    await backend.close();
    const header = readFileSync(bench.path);
    expect(header.toString('latin1', 68, 72)).toBe('NEVB');
    expect(header.readUInt32BE(60)).toBe(3);
  });

  it('is made once when several processes open it at the same time', async () => {
    await Promise.all(['1', '2', '3', '4'].map((value) => publish(open(), 't', value)));
    expect([...(await valuesIn(open(), 't'))].sort()).toEqual(['1', '2', '3', '4']);
  });

  it('may exist and be empty', async () => {
    writeFileSync(bench.path, '');
    await open().ping();
  });

  it('is one file, without companions, once the last to use it has closed it', async () => {
    const backends = [open(), open()];
    await Promise.all(backends.map((backend) => publish(backend, 't', 'x')));
    // One after another. If they close at the same moment, each expects the other to stay, and none cleans up.
    for (const backend of backends) await backend.close();
    expect(readdirSync(bench.folder)).toEqual(['bus.db']);
  });

  it('keeps what was published over a restart', async () => {
    const first = open();
    await publish(first, 't', 'kept');
    await first.close();
    expect(await valuesIn(open(), 't')).toEqual(['kept']);
  });

  it.each([1, 200])('is refused and left as it is when it is no database but %i lines of text', async (lines) => {
    writeFileSync(bench.path, 'A letter to grandmother.\n'.repeat(lines));
    const before = readFileSync(bench.path);
    await isRefused(
      open(),
      `${bench.path} is a file of another kind, not an event log. It was not changed. Name another path for the event log.`,
    );
    expect(readFileSync(bench.path)).toEqual(before);
  });

  it.each(['DELETE', 'WAL'])(
    'is refused and left as it is when it is another program’s database, journal mode %s',
    async (mode) => {
      const other = new Sqlite(bench.path);
      other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE topic (name TEXT); INSERT INTO topic VALUES ('theirs')`);
      other.close();
      const before = readFileSync(bench.path);
      const backend = open();
      await isRefused(backend, `${bench.path} is a file of another kind, not an event log`);
      await backend.close();
      expect(readFileSync(bench.path)).toEqual(before);
      expect(existsSync(`${bench.path}-wal`)).toBe(false);
    },
  );

  it('is refused and left as it is when it is a database without tables', async () => {
    const other = new Sqlite(bench.path);
    other.exec('CREATE TABLE theirs (name TEXT); DROP TABLE theirs');
    other.close();
    const before = readFileSync(bench.path);
    await isRefused(open(), `${bench.path} is a file of another kind, not an event log`);
    expect(readFileSync(bench.path)).toEqual(before);
  });

  it('keeps its locks when this process opens it once more and closes it', async () => {
    const [one, other] = [open(), open()];
    await publish(one, 't', '1');
    await publish(other, 't', '2');
    await other.close();
    // The last process to close the file cleans up. It must not do so while others have it open.
    const script = `import { embedded } from 'nest-event-bus/embedded';
      const backend = embedded({ path: process.argv[1] });
      await backend.ping();
      await backend.close();`;
    expect(await start(process.execPath, ['--input-type=module', '-e', script, bench.path]).ended).toBe(0);
    expect(existsSync(`${bench.path}-wal`)).toBe(true);
    await publish(one, 't', '3');
    expect(await valuesIn(open(), 't')).toEqual(['1', '2', '3']);
  });

  it('is refused and left as it is when its format is newer', async () => {
    const first = open();
    await first.ping();
    await first.close();
    const newer = new Sqlite(bench.path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const before = readFileSync(bench.path);
    await isRefused(
      open(),
      `The event log ${bench.path} has format 99; this version of nest-event-bus reads formats up to 3. ` +
        'It was not changed. Use the version that wrote it, or a newer one, or name another path.',
    );
    expect(readFileSync(bench.path)).toEqual(before);
  });

  it('of an older version is brought to this format with all that it holds', async () => {
    const old = new URL('../fixtures/embedded/format-1.db.gz', import.meta.url);
    writeFileSync(bench.path, gunzipSync(readFileSync(old)));
    const backends = [open(), open()];
    // Of eight records the group has settled 0 and 2. The member that held three more is gone.
    for (const backend of backends) {
      expect(await backend.positions('t', 'g')).toMatchObject([{ partition: 0, position: '1', end: '8', behind: 6 }]);
    }
    const got: string[] = [];
    const consumer = member(open(), { topic: 't', group: 'g' }, (record) => {
      got.push(`${Buffer.from(record.key ?? []).toString()} ${valueOf(record)}`);
      return Promise.resolve();
    });
    await allSettled(open(), 't', 'g');
    await consumer.stop();
    expect(got).toEqual(['k1 v1', ' v3', 'k0 v4', 'k1 v5', 'k0 v6', ' v7']);
    expect(await publish(open(), 't', 'next')).toEqual(['8']);
  });

  it('of the version before is brought to this format with all that it holds', async () => {
    const old = new URL('../fixtures/embedded/format-2.db.gz', import.meta.url);
    writeFileSync(bench.path, gunzipSync(readFileSync(old)));
    // Of four records the group has settled the first. A member returned the others.
    const backend = open();
    expect(await backend.positions('t', 'g')).toMatchObject([{ partition: 0, position: '1', end: '4', behind: 3 }]);
    const got: string[] = [];
    const consumer = member(backend, { topic: 't', group: 'g' }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    await allSettled(backend, 't', 'g');
    await consumer.stop();
    expect(got).toEqual(['in hand', 'kept 1', 'kept 2']);
    expect(await valuesIn(backend, 't-g-dead-letters')).toEqual(['letter']);
    expect(await publish(backend, 't', 'next')).toEqual(['4']);
  });

  it('of an older version still tells a group that had been moved back what comes again', async () => {
    const old = new URL('../fixtures/embedded/format-1.db.gz', import.meta.url);
    writeFileSync(bench.path, gunzipSync(readFileSync(old)));
    const file = new Sqlite(bench.path);
    // The group had settled everything before 5 and was then moved to 3. The other group was never moved.
    file.exec(`DELETE FROM member; DELETE FROM pending; UPDATE consumer_group SET cursor = 3, replay_until = 5;
      INSERT INTO consumer_group (topic, name, cursor) SELECT topic, 'other', 4 FROM consumer_group`);
    file.close();
    const consume = async (group: string) => {
      const got: string[] = [];
      const consumer = member(open(), { topic: 't', group }, (record) => {
        got.push(record.isReplay ? `${valueOf(record)} again` : valueOf(record));
        return Promise.resolve();
      });
      await allSettled(open(), 't', group);
      await consumer.stop();
      return got;
    };
    expect(await consume('g')).toEqual(['v3 again', 'v4 again', 'v5', 'v6', 'v7']);
    expect(await consume('other')).toEqual(['v4', 'v5', 'v6', 'v7']);
    const backend = open();
    expect(await backend.move('t', 'g', { position: '4' }, { once: 'a reason' })).toMatchObject([{ again: 4 }]);
    expect(await backend.move('t', 'g', { position: '4' }, { once: 'a reason' })).toEqual([]);
    expect(await consume('g')).toEqual(['v4 again', 'v5 again', 'v6 again', 'v7 again']);
  });

  it('is refused when it is a folder', async () => {
    mkdirSync(bench.path);
    await isRefused(
      open(),
      `The event log ${bench.path} is not a file. Name a file; it is created if it does not exist.`,
    );
  });

  it('is refused when a part of its path is a file', async () => {
    writeFileSync(join(bench.folder, 'file'), '');
    const path = join(bench.folder, 'file', 'events.db');
    await isRefused(open({ path }), `The folder of the event log ${path} cannot be created`);
  });

  it('is used as soon as the operator has mended what was wrong', async () => {
    mkdirSync(bench.path);
    const backend = open();
    await isRefused(backend, 'is not a file');
    renameSync(bench.path, `${bench.path}-away`);
    await backend.ping();
  });

  it('is refused when its folder cannot be written', async () => {
    const folder = join(bench.folder, 'read-only');
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    const path = join(folder, 'events.db');
    const said = await pingAsNobody(bench, path);
    expect(said).toContain(
      `SettingsError: The folder of the event log ${path}, which also holds its files -wal and -shm, cannot be written`,
    );
    expect(said).toContain('Give this user the rights, or name another path.');
  });

  it('is refused when it cannot be written', async () => {
    const folder = join(bench.folder, 'shared');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const path = join(folder, 'events.db');
    const first = open({ path });
    await first.ping();
    await first.close();
    chmodSync(path, 0o444);
    expect(await pingAsNobody(bench, path)).toContain(
      `SettingsError: The event log ${path} cannot be read and written`,
    );
  });

  it('is reported as damaged, with what to do, when its pages are', async () => {
    const first = open();
    for (let n = 0; n < 20; n += 1) await publish(first, 't', 'x'.repeat(10_000));
    await first.close();
    const file = openSync(bench.path, 'r+');
    const { size } = statSync(bench.path);
    writeSync(file, Buffer.alloc(size - 8192, 0xff), 0, size - 8192, 8192);
    closeSync(file);
    const backend = open();
    const damaged =
      `The event log ${bench.path} is damaged. Stop every process that uses it and keep a copy. Then restore a backup, or recover the ` +
      "readable part with the SQLite shell's .recover command.";
    const operations = [publish(backend, 't', 'more'), valuesIn(backend, 't'), backend.positions('t', 'g')];
    for (const result of await Promise.allSettled(operations)) {
      expect(result).toEqual({ status: 'rejected', reason: new UnavailableError(damaged) });
    }
  });

  it('is made anew after it was removed while it was open, and the first to notice is told', async () => {
    const backend = open();
    await publish(backend, 't', 'old');
    renameSync(bench.path, `${bench.path}-away`);
    await expect(publish(backend, 't', 'lost')).rejects.toThrow(
      new UnavailableError(
        `The event log ${bench.path} was removed or replaced while it was open. The next call opens it again.`,
      ),
    );
    await publish(backend, 't', 'new');
    expect(await valuesIn(open(), 't')).toEqual(['new']);
  });

  it('is missed by a member that waits for records, when it is removed', async () => {
    const backend = open({ leaseMs: 300 });
    const consumer = member(backend, { topic: 't', group: 'g' }, () => Promise.resolve());
    await until(async () => !(await backend.createGroup('t', 'g', 'latest')), { withinMs: 5_000, what: 'the group' });
    renameSync(bench.path, `${bench.path}-away`);
    await expect(consumer.ended).rejects.toThrow(UnavailableError);
  });

  it('is waited for while another process has it locked', async () => {
    const backend = open();
    await publish(backend, 't', '1');
    const other = new Sqlite(bench.path);
    other.exec('BEGIN IMMEDIATE');
    let isTaken = false;
    const taken = publish(backend, 't', '2').then(() => (isTaken = true));
    await stays(() => !isTaken, { forMs: 300, what: 'publish waits for the lock' });
    other.exec('ROLLBACK');
    other.close();
    await within(taken, { withinMs: 1_000, what: 'publish to resolve once the lock is free' });
  });

  it('is named in the errors of a closed backend', async () => {
    const backend = open();
    await backend.ping();
    await backend.close();
    await expect(backend.ping()).rejects.toThrow(
      new UnavailableError(`The event log ${bench.path} was closed by this process.`),
    );
  });
});

describe('the options of the embedded backend', () => {
  it('are checked, all at once', () => {
    const wrong = { path: '', pollMs: 0, leaseMs: 5, maxBytes: Number.NaN };
    const retention = { retentionMs: 0, deadLetterRetentionMs: 0, retentionBytes: 1, groupExpiryMs: 0, trimEveryMs: 1 };
    expect(() => embedded({ ...wrong, ...retention })).toThrow(
      new SettingsError(
        'embedded: path: "" was given; allowed is the path of a file.\n' +
          'embedded: pollMs: 0 was given; allowed are numbers from 1.\n' +
          'embedded: leaseMs: 5 was given; allowed are numbers from 100.\n' +
          'embedded: maxBytes: NaN was given; allowed are numbers from 4194304.\n' +
          'embedded: retentionMs: 0 was given; allowed are numbers from 1.\n' +
          'embedded: deadLetterRetentionMs: 0 was given; allowed are numbers from 1.\n' +
          'embedded: retentionBytes: 1 was given; allowed are numbers from 1048576.\n' +
          'embedded: groupExpiryMs: 0 was given; allowed are numbers from 1.\n' +
          'embedded: trimEveryMs: 1 was given; allowed are numbers from 10.',
      ),
    );
    expect(() => embedded({ path: 'x', maxBytes: 4_194_304, retentionBytes: 3_000_000 })).toThrow(
      new SettingsError(
        'embedded: retentionBytes: 3000000 was given; allowed are numbers up to 2097152, 2 MiB below maxBytes.',
      ),
    );
  });
});

async function isRefused(backend: Backend, message: string): Promise<void> {
  await expect(backend.ping()).rejects.toThrow(SettingsError);
  await expect(publish(backend, 't', 'x')).rejects.toThrow(message);
}

/** The output of a process of a user without rights. As root, the test could write everywhere. */
async function pingAsNobody(bench: Workbench, path: string): Promise<string> {
  chmodSync(bench.folder, 0o755);
  const script = `import { embedded } from 'nest-event-bus/embedded';
    const backend = embedded({ path: process.argv[1] });
    await backend.ping().catch((error) => console.log(String(error)));
    await backend.close();`;
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const child = start('setpriv', [...nobody, process.execPath, '--input-type=module', '-e', script, path]);
  expect(await child.ended).toBe(0);
  return child.lines.join('\n');
}
