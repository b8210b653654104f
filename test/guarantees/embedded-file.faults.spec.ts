import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { until } from 'nest-event-bus/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { onSites } from '../support/faults/on-sites.js';
import { keepRow, recoveryOf, verdictOf, windowOf } from '../support/faults/verdict.js';
import { isDemanded } from '../support/requirements.js';

const HANDLER = { HANDLER_MS: '2' };

await onSites(['embedded'], ({ name, site, open }) => {
  const clearing: (() => void)[] = [];
  afterEach(() => {
    for (const clear of clearing.splice(0)) clear();
  });

  describe('the embedded file', () => {
    it(
      'is fought over by four publishers, three members and a process that hangs in a transaction',
      { timeout: 180_000 },
      async () => {
        const arena = await open('fight');
        const members = [1, 2, 3].map(() => arena.member({ env: HANDLER }));
        await Promise.all(members.map((member) => member.says(/Consuming:/)));
        const publishers = [1, 2, 3, 4].map(() => arena.publisher({ rate: 100, count: 1_000 }));
        const holds: (readonly [from: number, to: number])[] = [];
        for (let n = 0; n < 3; n += 1) {
          const before = arena.handled.length;
          await until(() => arena.handled.length > before + 300, { withinMs: 60_000, what: 'events to flow' });
          const heldAt = Date.now();
          const release = await site().hold(arena.bench);
          await pass(2_000);
          await release();
          holds.push([heldAt, Date.now()]);
        }
        let again = 0;
        for (const publisher of publishers) {
          expect(await publisher.ended, publisher.lines.slice(-5).join('\n')).toBe(0);
          again += Number((await publisher.says(/PUBLISHED \d+, (\d+) times again/))[1]);
        }
        await arena.settled();
        for (const member of members) expect(await member.stop(), member.lines.slice(-5).join('\n')).toBe(0);
        const verdict = await verdictOf(arena);
        expect(verdict).toMatchObject({ lost: 0, unknown: 0, outOfOrder: 0, deadLetters: 0 });
        // A member whose lease ended while nobody could write may lose its records in hand.
        const allowed = members.length * windowOf(arena) + again;
        expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
        expect(new Set(arena.handled).size).toBe(4_000);
        const row = { promise: 'A broker that goes away costs no event', backend: name };
        const fault = 'seven processes on the file, an eighth hangs in a transaction for 2 s, three times';
        const recoveryMs = Math.max(...holds.map(([from, to], n) => recoveryOf(arena, from, to, holds[n + 1]?.[0])));
        keepRow({ ...row, fault }, { ...verdict, allowed, recoveryMs });
      },
    );

    it('lies on a disk that fills up, and is given room again', { timeout: 180_000 }, async ({ skip }) => {
      const disk = mkdtempSync(join(tmpdir(), 'event-bus-disk-'));
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'pipe' });
      } catch (error) {
        if (isDemanded('tmpfs')) throw error;
        skip(`needs root on Linux, to mount a small disk; here: ${String(error)}`);
      }
      clearing.push(() => {
        execFileSync('umount', ['-l', disk]);
        rmSync(disk, { recursive: true, force: true });
      });
      const arena = await open('full disk', { EVENT_BUS_EMBEDDED_PATH: join(disk, 'bus.db') });
      const member = arena.member({ env: HANDLER });
      await member.says(/Consuming:/);
      const publisher = arena.publisher({ rate: 200 });
      await until(() => arena.handled.length > 500, { withinMs: 60_000, what: 'events to flow' });
      const ballast = join(disk, 'ballast');
      fillUp(ballast);
      await publisher.says(/Could not publish: .*has no room/, 60_000);
      const brokenAt = Date.now();
      await pass(3_000);
      rmSync(ballast);
      const backAt = Date.now();
      const before = arena.published.length;
      await until(() => arena.published.length > before + 500, { withinMs: 60_000, what: 'publishing to go on' });
      expect(await publisher.stop()).toBe(0);
      const again = Number((await publisher.says(/PUBLISHED \d+, (\d+) times again/))[1]);
      await arena.settled();
      expect(await member.stop(), member.lines.slice(-5).join('\n')).toBe(0);
      const verdict = await verdictOf(arena);
      const allowed = windowOf(arena) + again;
      expect(verdict).toMatchObject({ lost: 0, unknown: 0, outOfOrder: 0, deadLetters: 0 });
      expect(verdict.duplicates).toBeLessThanOrEqual(allowed);
      const row = { promise: 'A broker that goes away costs no event', backend: name };
      const recoveryMs = recoveryOf(arena, brokenAt, backAt);
      keepRow({ ...row, fault: 'the disk fills up, and has room again' }, { ...verdict, allowed, recoveryMs });
    });
  });
});

/** Fills the file system to the last block. */
function fillUp(file: string): void {
  const block = Buffer.alloc(4_096);
  for (;;) {
    try {
      writeFileSync(file, block, { flag: 'a' });
    } catch {
      return;
    }
  }
}
