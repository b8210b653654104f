import { describeOnCluster } from './redis-cluster.js';

await describeOnCluster();
