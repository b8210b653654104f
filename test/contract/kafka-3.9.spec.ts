import { describeKafka } from './kafka-contract.js';

await describeKafka('kafka-3.9');
