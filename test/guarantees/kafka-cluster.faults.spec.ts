import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Cluster,
  keepRow,
  openCluster,
  rowsOf,
  runTrial,
  TRIALS,
  type TrialOptions,
} from '../../tools/kafka-faults/index.mjs';
import { RUNS } from '../support/faults/on-sites.js';
import { requires } from '../support/requirements.js';

const VERSION = '3.9';
const RATE = 1_000;

/**
 * One broker is broken, or two if the second is broken in another way. Our publisher feeds the groups, so that both
 * sides are tested.
 */
const GIVEN: Readonly<Record<string, Partial<TrialOptions>>> = {
  'group-kill': { rounds: 2 },
  'group-pause': { rounds: 2 },
  'group-unreachable': { rounds: 2 },
  'group-minisr': { rounds: 2 },
};

/**
 * Whether this suite runs the trial. Only `npm run faults:kafka` runs a quiet cluster, and publisher trials that a
 * group covers too.
 */
const IS_TRIED = ([name, { kind }]: readonly [string, (typeof TRIALS)[string]]): boolean =>
  name === 'rf1' || (kind !== 'publish' && name !== 'group-quiet');

await requires('kafka-cluster', `A cluster of Kafka ${VERSION}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await openCluster({ version: VERSION });
  }, 180_000);
  afterAll(() => cluster.close(), 60_000);

  it.each(Object.entries(TRIALS).filter(IS_TRIED))(
    'keeps its promises: %s, $title',
    { timeout: 240_000 * RUNS },
    async (name) => {
      const options: TrialOptions = { side: 'ours', publisher: 'ours', rate: RATE, rounds: 1, ...GIVEN[name] };
      for (let run = 0; run < RUNS; run += 1) {
        const result = await runTrial(cluster, name, options);
        expect(result.broken).toEqual([]);
        rowsOf(name, { ...options, version: VERSION, result }).forEach(keepRow);
      }
    },
  );
});
