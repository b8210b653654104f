import { describeKafka } from './kafka-contract.js';

await describeKafka('kafka-4.1');
