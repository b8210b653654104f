import { describeOnCluster } from './redis-cluster.js';

// The whole contract takes two minutes and is part of the fault suite.
await describeOnCluster(
  /in the order of their publishing|publish resolves with|share its records|continues behind the last|each finished record|holds under load|another member has taken|after a stop another|behind counts|moved to the start gets|moved to a time|moved once for the same, also/,
);
