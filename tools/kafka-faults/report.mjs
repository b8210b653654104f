const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
const most = (numbers) => Math.max(...numbers);
const median = (numbers) => [...numbers].sort((one, other) => one - other)[Math.floor((numbers.length - 1) / 2)];

const count = (title, of) => ({ title, of, all: sum });
const time = (title, of, all = most) => ({ title, of, all });
const records = (title, name) => count(title, (result) => result[name].length);

const LOG = [
  count('confirmed', ({ confirmed }) => confirmed),
  records('lost', 'lost'),
  records('twice', 'twice'),
  records('disorder', 'outOfOrder'),
  count('place', ({ wrongPosition, foreign }) => wrongPosition.length + foreign.length),
  records('rejected', 'rejected'),
  records('in log', 'rejectedInLog'),
  records('undue', 'undue'),
  records('silent', 'unanswered'),
];
const GROUP = [
  count('in log', ({ inLog }) => inLog),
  count('handled', ({ handled }) => handled),
  records('missed', 'missed'),
  records('disorder', 'outOfOrder'),
  count('repeats', ({ repeats }) => repeats),
  count('beyond', ({ beyond }) => beyond),
  time('deepest', ({ deepest }) => deepest),
  time('pause', ({ pauseMs }) => pauseMs),
  time('silence', ({ silenceMs }) => silenceMs),
  records('errors', 'errors'),
];

const COLUMNS = {
  publish: [
    ...LOG,
    time('p50', ({ p50Ms }) => p50Ms),
    time('p99', ({ p99Ms }) => p99Ms),
    time('max', ({ maxMs }) => maxMs),
    time('aside', ({ asideMs = 0 }) => asideMs),
  ],
  group: GROUP,
  rolling: [...GROUP, time('unmoved', ({ unmovedPauseMs }) => unmovedPauseMs), count('moved', ({ moved }) => moved)],
  beside: [
    ...LOG,
    count('of a', ({ rejectedOfA }) => rejectedOfA),
    time('p99 alone', ({ before }) => before.p99Ms, median),
    time('p99', ({ after }) => after.p99Ms, median),
    time('max', ({ after }) => after.maxMs),
  ],
};

export const LEGEND = `Publishers                                          Groups
  lost      confirmed, and not in the log           missed    in the log, and not handled
  twice     in the log more than once               disorder  handled after a later record of their key
  disorder  behind a later record of their key      repeats   handled again, all of them
  place     another position than was told          beyond    those further back than the window: twice maxInFlight
  rejected  told so; in log: all the same there     deepest   how far back a partition went
  undue     rejected while two replicas lived,      pause     longest time in which a partition had records and gave none
            or before the publish timeout           silence   the same of all partitions
  silent    no answer after the publish timeout     unmoved   pause of partitions whose member was not restarted
  aside     p99 of what the fault did not concern   moved     partitions that changed hands
  of a      rejected of the topic that ails         Times are in ms.`;

/** Prints one line per finished run, and a summary of all runs at the end. */
export function openReport(print) {
  let last;
  const line = (name, side, rate, run, cells) =>
    print(
      [name.padEnd(17), side.padEnd(10), ...[rate, run, ...cells].map((cell) => String(cell).padStart(9))].join(' '),
    );
  return {
    run(kind, { name, side, rate, run }, result) {
      if (kind !== last)
        line(
          'scenario',
          'side',
          'rate',
          'run',
          COLUMNS[kind].map(({ title }) => title),
        );
      last = kind;
      line(
        name,
        side,
        rate,
        run,
        COLUMNS[kind].map(({ of }) => of(result)),
      );
      for (const text of result.broken) print(`    missed: ${text}`);
      for (const [why, times] of Object.entries(result.why ?? {})) print(`    ${times} rejected: ${why}`);
    },
    all(kind, { name, side, rate }, results) {
      const green = results.filter(({ broken }) => broken.length === 0).length;
      line(
        name,
        side,
        rate,
        `all ${results.length}`,
        COLUMNS[kind].map(({ of, all }) => all(results.map(of))),
      );
      print(`    ${green} of ${results.length} runs reach every goal`);
    },
  };
}
