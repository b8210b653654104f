import { runConsumer } from 'nest-event-bus';
import { ConsumerModule } from './consumer.module.js';

await runConsumer(ConsumerModule);
