import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GroupPosition } from '../core/backend.js';
import type { Notice } from '../core/notices/notice.js';
import { LagPoller } from './lag-poller.js';
import { Instruments } from './series.js';

const INTERVAL_MS = 1_000;

describe('the lag poller', () => {
  let instruments: Instruments;
  let notices: Notice[];
  let answers: ((positions: readonly GroupPosition[] | Error) => void)[];
  let poller: LagPoller;
  beforeEach(() => {
    vi.useFakeTimers();
    instruments = new Instruments();
    notices = [];
    answers = [];
    poller = new LagPoller({
      admin: {
        positions: () =>
          new Promise((resolve, reject) =>
            answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))),
          ),
      },
      instruments,
      observe: (notice) => notices.push(notice),
      intervalMs: INTERVAL_MS,
    });
    poller.follow('t', 'g');
  });
  afterEach(() => {
    poller.close();
    vi.useRealTimers();
  });

  const position = (partition: number, behind: number, oldestAt: number | null = null): GroupPosition => ({
    partition,
    position: '0',
    end: '9',
    behind,
    oldestAt,
  });
  const answer = async (positions: readonly GroupPosition[] | Error) => {
    answers.shift()?.(positions);
    await vi.advanceTimersByTimeAsync(0);
  };
  const shown = (name: 'event_bus_lag_events' | 'event_bus_lag_seconds'): Readonly<Record<string, number>> => {
    instruments.update();
    return Object.fromEntries(
      [...instruments.of(name)].map(({ labels, value }) => [labels.partition ?? '', value] as const),
    );
  };
  const failures = () => [...instruments.of('event_bus_lag_read_failures_total')].map(({ value }) => value);

  it('asks at once and after each interval, but never twice at a time', async () => {
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(answers).toHaveLength(1);
    await answer([position(0, 1, Date.now() - 3_000)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toHaveLength(1);
    await answer([position(0, 2, Date.now() - 3_000)]);
    expect(answers).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(answers).toHaveLength(1);
    expect(shown('event_bus_lag_events')).toEqual({ 0: 2 });
    expect(shown('event_bus_lag_seconds')).toEqual({ 0: 3 });
  });

  it('shows no partition that is gone, and no age that is not known', async () => {
    await answer([position(0, 1, Date.now()), position(1, 0)]);
    expect(shown('event_bus_lag_seconds')).toEqual({ 0: 0, 1: 0 });
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await answer([position(1, 4, null)]);
    expect(shown('event_bus_lag_events')).toEqual({ 1: 4 });
    expect(shown('event_bus_lag_seconds')).toEqual({});
  });

  it('counts failures, reports the first of a row, and shows no lag older than three intervals', async () => {
    await answer([position(0, 7, Date.now())]);
    for (let n = 1; n <= 3; n += 1) {
      await vi.advanceTimersByTimeAsync(INTERVAL_MS);
      expect(shown('event_bus_lag_events')).toEqual({ 0: 7 });
      await answer(new Error('away'));
      expect(failures()).toEqual([n]);
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(shown('event_bus_lag_events')).toEqual({});
    expect(notices).toMatchObject([{ kind: 'backend-report', level: 'warn' }]);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await answer([position(0, 8, Date.now())]);
    expect(shown('event_bus_lag_events')).toEqual({ 0: 8 });
  });

  it('shows no lag any more while an answer does not come', async () => {
    await answer([position(0, 7, Date.now())]);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3 * INTERVAL_MS);
    expect(shown('event_bus_lag_events')).toEqual({});
  });

  it('ends with its last follower, and throws away what comes later', async () => {
    poller.follow('t', 'g');
    expect(answers).toHaveLength(1);
    poller.unfollow('t', 'g');
    await answer([position(0, 1, Date.now())]);
    expect(shown('event_bus_lag_events')).toEqual({ 0: 1 });
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    poller.unfollow('t', 'g');
    await answer([position(0, 5, Date.now())]);
    await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(shown('event_bus_lag_events')).toEqual({});
    expect([answers.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
