import type { Cases } from '../case.js';
import { numbered } from '../records.js';
import { publishOnKeys, publishUntilAllGet } from '../sharing.js';

/** Only one member at a time holds a record. */
export const losing: Cases = {
  'lost aborts when another member has taken the record, and consume goes on with others': async (bench) => {
    await bench.publish(['1']);
    const frozen = bench.consumer('frozen', { work: 'hold' });
    await bench.until(() => bench.log().some(({ what }) => what === 'handled'), 'the record in the other process');
    frozen.kill('SIGSTOP');
    const taker = bench.member({ handle: (call) => call.held });
    await bench.until(() => taker.calls.length === 1, 'the record to be taken over', bench.limits.takeoverMs);
    frozen.kill('SIGCONT');
    const lost = (): boolean => bench.log().some(({ what, id }) => what === 'lost' && id === '1');
    await bench.until(lost, 'lost to abort in the process that was frozen', bench.limits.takeoverMs);
    taker.call('1').finish();
    await bench.until(async () => (await bench.behind()) === 0, 'the record to be settled by the one that has it');
    await bench.stop(taker);
    await bench.publish(['2']);
    const handled = (): boolean => bench.log().some(({ what, id }) => what === 'handled' && id === '2');
    await bench.until(handled, 'the next record in the process that was frozen', bench.limits.takeoverMs);
  },

  'a member that lives keeps its record, however long its call takes': async (bench) => {
    let holds = false;
    const keeper = bench.member({ handle: (call) => (holds ? call.held : Promise.resolve()) });
    const other = bench.member({ backend: await bench.open() });
    const published = await publishUntilAllGet(bench, [keeper, other]);
    await bench.until(async () => (await bench.behind()) === 0, 'all to be settled');
    holds = true;
    await publishOnKeys(bench, numbered(20, 'key-'), 20, published);
    await bench.until(() => keeper.openCalls.length > 0, 'the keeper to get a record');
    const kept = keeper.openCalls.map(({ id }) => id);
    await bench.stays(
      () => !other.ids.some((id) => kept.includes(id)) && !keeper.openCalls.some(({ lost }) => lost.aborted),
      'the keeper to keep its records',
      bench.limits.takeoverMs,
    );
  },
};
