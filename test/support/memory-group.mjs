import { AdminError } from 'nest-event-bus/core';

/** A group of the memory backend: its position in each partition, and its members. */
export class MemoryGroup {
  members = [];

  constructor(logs) {
    this.logs = logs;
    this.places = logs.map(() => ({
      base: 0,
      next: 0,
      since: 0,
      passed: [],
      finished: new Set(),
      owner: null,
      open: 0,
    }));
    this.movedFor = new Set();
  }

  /** Sets the start of the group. */
  begin(start) {
    const bases = { earliest: 'start', latest: 'end' };
    this.places.forEach((place, partition) => {
      place.base = place.next = place.since = this.locate(bases[start] ?? start, partition);
    });
  }

  /** Runs one member until it stops or leaves. */
  async consume({ name, maxInFlight, stopBudgetMs, handle, stop }) {
    const member = { name, maxInFlight, handle, leaving: false, open: new Set() };
    const ended = new Promise((resolve) => (member.end = resolve));
    let budget;
    member.leave = () => {
      if (member.leaving) return;
      member.leaving = true;
      budget = setTimeout(() => {
        for (const lost of member.open) lost.abort(new Error('the stop budget is spent'));
      }, stopBudgetMs);
      this.#endIfIdle(member);
    };
    this.members.push(member);
    stop.addEventListener('abort', member.leave);
    this.pump();
    await ended;
    stop.removeEventListener('abort', member.leave);
    clearTimeout(budget);
    if (member.error !== undefined) throw member.error.error;
  }

  /** Assigns partitions without running calls to members, and hands over records as far as the windows allow. */
  pump() {
    const active = this.members.filter(({ leaving }) => !leaving);
    this.places.forEach((place, partition) => {
      const member = active[partition % active.length];
      if (member !== place.owner) {
        if (place.open > 0) return;
        Object.assign(place, { owner: member ?? null, next: place.base });
        place.finished.clear();
      }
      while (!member?.leaving && place.next < this.logs[partition].length) {
        if (member === undefined || place.next - place.base >= member.maxInFlight) break;
        this.#start(member, place, this.logs[partition][place.next], place.next++);
      }
    });
  }

  positions() {
    return this.places.map(({ base }, partition) => {
      const end = this.logs[partition].length;
      const oldestAt = this.logs[partition][base]?.timestamp ?? null;
      return { partition, position: `${partition}:${base}`, end: `${partition}:${end}`, behind: end - base, oldestAt };
    });
  }

  move(to, { dryRun = false, once }) {
    if (this.movedFor.has(once)) return [];
    if (this.members.length > 0) throw new AdminError('the group has members; stop them first');
    const targets = this.places.map((_, partition) => this.locate(to, partition));
    const moves = this.places.map(({ base }, partition) => ({
      partition,
      from: `${partition}:${base}`,
      to: `${partition}:${targets[partition]}`,
      again: Math.max(0, base - targets[partition]),
      skipped: Math.max(0, targets[partition] - base),
    }));
    if (dryRun) return moves;
    this.places.forEach((place, partition) => {
      place.passed.push([place.since, place.base]);
      place.base = place.next = place.since = targets[partition];
    });
    if (once !== undefined) this.movedFor.add(once);
    return moves;
  }

  /** The index in a partition's log for a start or a target. */
  locate(to, partition) {
    const log = this.logs[partition];
    if (to === 'start') return 0;
    if (to === 'end') return log.length;
    if (to instanceof Date) {
      const index = log.findIndex(({ timestamp }) => timestamp >= to.getTime());
      return index < 0 ? log.length : index;
    }
    const [, of, index] = /^(\d+):(\d+)$/.exec(to.position) ?? [];
    if (index === undefined) throw new AdminError(`${to.position} is no position`);
    return Number(of) === partition ? Number(index) : this.places[partition].base;
  }

  #start(member, place, record, index) {
    const lost = new AbortController();
    const isReplay = place.passed.some(([from, until]) => from <= index && index < until);
    member.open.add(lost);
    place.open++;
    member
      .handle({ ...record, isReplay }, lost.signal)
      .then(() => {
        place.finished.add(index);
        while (place.finished.delete(place.base)) place.base++;
      })
      .catch((error) => {
        // A rejection after the member has left only means that the record is unsettled.
        if (member.leaving || lost.signal.aborted) return;
        member.error = { error };
        member.leave();
      })
      .finally(() => {
        member.open.delete(lost);
        place.open--;
        this.#endIfIdle(member);
        this.pump();
      });
  }

  #endIfIdle(member) {
    if (!member.leaving || member.open.size > 0 || !this.members.includes(member)) return;
    this.members.splice(this.members.indexOf(member), 1);
    for (const place of this.places) if (place.owner === member) place.owner = null;
    member.end();
    this.pump();
  }
}
